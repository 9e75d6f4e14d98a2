package refnat

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// query sends a request with an identifier and returns the one that it leaves with.
func (l *lab) query(from, to string, id uint16) uint16 {
	l.Helper()
	got := l.send(Inside, echo(from, to, 8, id))
	if len(got) != 1 || got[0].Side != Outside || got[0].ICMP.Type != 8 {
		l.Fatalf("a request of %s becomes %v", from, ends(got))
	}
	return got[0].ICMP.ID()
}

// replied returns where a reply to an identifier gets to, nothing if it is dropped.
func (l *lab) replied(from string, id uint16) [][2]string {
	l.Helper()
	return ends(l.send(Outside, echo(from, "203.0.113.1", 0, id)))
}

const y, otherY = "198.51.100.1", "198.51.100.2"

// Identifiers are mapped whatever the destination, and each host's replies are its own.
func TestQueryMapping(t *testing.T) {
	l := newLab(t)
	one, two := l.query("10.0.0.2", y, 77), l.query("10.0.0.3", y, 77)
	if one != 77 || two == 77 || l.query("10.0.0.3", otherY, 77) != two {
		t.Errorf("77 of two hosts is mapped to %d and %d, and toward another host differently", one, two)
	}
	got := append(l.replied(y, one), append(l.replied(y, two), l.replied(y, 9)...)...)
	want := [][2]string{{"ICMP " + y + ":0", "ICMP 10.0.0.2:77"}, {"ICMP " + y + ":0", "ICMP 10.0.0.3:77"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("replies (-want +got):\n%s", diff)
	}
	// A timestamp is another question, with the same identifier.
	if got := l.send(Inside, echo("10.0.0.3", y, 13, 77)); len(got) != 1 || got[0].ICMP.ID() != two {
		t.Errorf("a timestamp request becomes %v", ends(got))
	}
}

func TestQueryLifetime(t *testing.T) {
	for _, lifetime := range []time.Duration{0, 10 * time.Second} {
		l := newLab(t, behaving(Behaviour{QueryLifetime: lifetime}))
		if lifetime == 0 {
			lifetime = time.Minute
		}
		for _, again := range []func(){
			func() { l.query("10.0.0.2", y, 77) },
			func() { l.replied(y, 77) },
		} {
			l.query("10.0.0.2", y, 77)
			l.idle(lifetime - time.Second)
			again()
			l.idle(lifetime - time.Nanosecond)
			if len(l.mappings()) != 1 {
				t.Errorf("lifetime %v: the mapping has ended before its time", lifetime)
			}
			l.idle(time.Nanosecond)
			if len(l.mappings()) != 0 {
				t.Errorf("lifetime %v: the mapping lives on", lifetime)
			}
		}
	}
}

// Who has an address of its own is asked there, from outside and from inside, and by
// whom answers come back to.
func TestQueryOfPair(t *testing.T) {
	l := newLab(t, func(c *Config) {
		c.Static = []Pair{{netip.MustParseAddr("10.0.0.9"), netip.MustParseAddr("203.0.113.9")}}
	})
	one := func(list []seen) [2]string {
		t.Helper()
		if len(list) != 1 {
			t.Fatalf("%d packets left", len(list))
		}
		return ends(list)[0]
	}
	for _, test := range []struct {
		from Side
		data []byte
		want [2]string
	}{
		{Outside, echo(y, "203.0.113.9", 8, 5), [2]string{"ICMP " + y + ":5", "ICMP 10.0.0.9:0"}},
		{Inside, echo("10.0.0.9", y, 0, 5), [2]string{"ICMP 203.0.113.9:0", "ICMP " + y + ":5"}},
		{Inside, echo("10.0.0.2", "203.0.113.9", 8, 6), [2]string{"ICMP 203.0.113.1:6", "ICMP 10.0.0.9:0"}},
		{Inside, echo("10.0.0.9", "203.0.113.1", 0, 6), [2]string{"ICMP 203.0.113.9:0", "ICMP 10.0.0.2:6"}},
	} {
		if diff := cmp.Diff(test.want, one(l.send(test.from, test.data))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	// Nobody is asked at the NAT's own address, least of all who has identifier 0.
	l.query("10.0.0.2", y, 0)
	for side, data := range [][]byte{echo("10.0.0.3", "203.0.113.1", 8, 0), echo(y, "203.0.113.1", 8, 0)} {
		if got := l.send(Side(side), data); len(got) != 0 {
			t.Errorf("a request to the NAT becomes %v", ends(got))
		}
	}
}

// An error about a query is as one about a datagram, and has no part in its timer.
func TestErrorsAboutQueries(t *testing.T) {
	l := newLab(t)
	l.query("10.0.0.3", y, 77)
	sent := l.send(Inside, echo("10.0.0.2", y, 8, 77))[0].Data
	delivered := l.send(Outside, echo(y, "203.0.113.1", 0, 77))[0].Data
	before := l.mappings()
	l.idle(30 * time.Second)

	in := l.errors(l.send(Outside, quoting(router, "203.0.113.1", 11, 0, sent[:28])))
	out := l.errors(l.send(Inside, quoting("10.0.0.3", y, 3, 2, delivered)))
	want := []told{
		{Inside, router, "10.0.0.2", 11, 0, 1234, "10.0.0.2:77", y + ":0"},
		{Outside, "203.0.113.1", y, 3, 2, 1234, y + ":0", "203.0.113.1:77"},
	}
	if diff := cmp.Diff(want, append(in, out...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, l.mappings()); diff != "" {
		t.Errorf("mappings (-before +after):\n%s", diff)
	}
}
