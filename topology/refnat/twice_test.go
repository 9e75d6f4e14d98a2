package refnat

import (
	"net/netip"
	"testing"
	"time"
)

func hiding80(c *Config) {
	c.Behaviour.HideClients = true
	c.Forwards = []Forward{{
		External: netip.MustParseAddrPort("203.0.113.1:8080"), Inside: netip.MustParseAddrPort("10.0.0.2:80"),
	}}
}

// The server of a forward sees its clients as ports of the NAT, until they have been
// silent for as long as a mapping lives.
func TestHiddenClients(t *testing.T) {
	l := newLab(t, hiding80)
	for i, client := range []string{"198.51.100.1:7000", "198.51.100.2:7000"} {
		as := []string{"10.0.0.1:7000", "10.0.0.1:7001"}[i]
		l.wantIn(client, "203.0.113.1:8080", as, "10.0.0.2:80")
		l.wantOut("10.0.0.2:80", as, "203.0.113.1:8080", client)
	}
	if got := len(l.table.hiding.byServer); got != 2 {
		t.Errorf("%d clients are hidden, want 2", got)
	}
	l.idle(6 * time.Minute)
	l.tick()
	if got := len(l.table.hiding.byClient) + len(l.table.hiding.byServer); got != 0 {
		t.Errorf("%d are left after their time", got)
	}
	if out := l.send(Inside, udp("10.0.0.2:80", "10.0.0.1:7000")); len(out) > 0 {
		t.Errorf("what is sent to nobody leaves as %v", out)
	}
}

// A host leaves from the first address that was chosen for it, and others as before.
func TestSources(t *testing.T) {
	l := newLab(t, func(c *Config) {
		c.Sources = []Source{
			{netip.MustParsePrefix("10.0.0.2/32"), netip.MustParseAddr("203.0.113.2")},
			{netip.MustParsePrefix("10.0.0.2/31"), netip.MustParseAddr("203.0.113.3")},
		}
	})
	l.wantOut(x40000, y1, "203.0.113.2:40000", y1)
	l.wantOut(z40000, y1, "203.0.113.3:40000", y1)
	l.wantOut(w40000, y1, "203.0.113.1:40000", y1)
	l.wantIn(y1, "203.0.113.3:40000", y1, z40000)

	bad := testConfig()
	bad.Sources = []Source{{netip.MustParsePrefix("172.16.0.0/12"), netip.MustParseAddr("203.0.113.2")}}
	if _, err := New(bad); err == nil {
		t.Error("a source that is not inside is taken")
	}
	bad.Sources = []Source{{netip.MustParsePrefix("10.0.0.2/32"), netip.MustParseAddr("203.0.113.2")}}
	bad.Static = []Pair{{netip.MustParseAddr("10.0.0.3"), netip.MustParseAddr("203.0.113.2")}}
	if _, err := New(bad); err == nil {
		t.Error("a source with a pair's address is taken")
	}
}

// The link that a host sends by chooses its address, before sources do, and a host that
// moves to another link keeps what it has begun.
func TestSecondLink(t *testing.T) {
	l := newLab(t, func(c *Config) {
		c.Second = netip.MustParseAddr("203.0.113.2")
		c.Sources = []Source{{netip.MustParsePrefix("10.0.0.3/32"), netip.MustParseAddr("203.0.113.3")}}
	})
	second := func(from, to, source string) {
		t.Helper()
		l.wantEnds(l.look(l.table.OutboundBySecond(udp(from, to), l.now)), source, to)
	}
	second(x40000, y1, "203.0.113.2:40000")
	second("10.0.0.3:40001", y1, "203.0.113.2:40001")
	l.wantOut(w40000, y1, "203.0.113.1:40000", y1)
	l.wantIn(y1, "203.0.113.2:40000", y1, x40000)
	l.wantOut(x40000, y1, "203.0.113.2:40000", y1)
	l.wantOut("10.0.0.2:40002", y1, "203.0.113.1:40002", y1)
}

// wantOut sends a datagram from inside, and wants it to leave with these ends.
func (l *lab) wantOut(from, to, source, destination string) {
	l.Helper()
	l.wantEnds(l.send(Inside, udp(from, to)), source, destination)
}

// wantIn sends one from outside.
func (l *lab) wantIn(from, to, source, destination string) {
	l.Helper()
	l.wantEnds(l.send(Outside, udp(from, to)), source, destination)
}

func (l *lab) wantEnds(out []seen, source, destination string) {
	l.Helper()
	if len(out) != 1 || out[0].src != source || out[0].to != destination {
		l.Errorf("%+v leaves, want one packet from %s to %s", out, source, destination)
	}
}
