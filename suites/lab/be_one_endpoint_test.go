package lab

import (
	"net/netip"
	"testing"

	"github.com/onsi/gomega/types"

	"github.com/natproof/natproof/topology/packet"
)

func sighting(x uint16, host, y, source string) Sighting {
	plain := &Lab{}
	return Sighting{
		Session{
			&Endpoint{plain, named(host), packet.UDP, x}, &Endpoint{plain, named(y), packet.UDP, 7},
		}, netip.MustParseAddrPort(source),
	}
}

func TestSightings(t *testing.T) {
	const a, b, other = "203.0.113.10:5010", "203.0.113.10:41084", "203.0.113.11:5010"
	for _, test := range []struct {
		name    string
		matcher types.GomegaMatcher
		seen    Sightings
		want    string // of the message; empty: it matches
	}{
		{"one endpoint", BeOneEndpoint(), Sightings{sighting(5010, "X2", "Y2", a), sighting(5010, "X2", "Y1", a)}, ""},
		{"two endpoints", BeOneEndpoint(),
			Sightings{sighting(5010, "X2", "Y2", a), sighting(5010, "X2", "Y1", b)},
			"X2:5010 is 203.0.113.10:5010 toward Y2:7 and 203.0.113.10:41084 toward Y1:7; it must be one endpoint"},
		{"another host's endpoint", BeOneEndpoint(),
			Sightings{sighting(5010, "X2", "Y2", a), sighting(5010, "X", "Y1", b)}, ""},
		{"another port's endpoint", BeOneEndpoint(),
			Sightings{sighting(5010, "X2", "Y2", a), sighting(5011, "X2", "Y1", b)}, ""},
		{"an address each", ShareNoAddress(), Sightings{sighting(1, "X", "Y2", a), sighting(1, "X2", "Y2", other)}, ""},
		{"an address for two", ShareNoAddress(), Sightings{sighting(1, "X", "Y2", a), sighting(2, "X2", "Y1", a)},
			"X:1 is 203.0.113.10:5010 toward Y2:7 and X2:2 is 203.0.113.10:5010 toward Y1:7; " +
				"each host must have an address for itself"},
		{"one address", BeOneAddress(), Sightings{sighting(1, "X2", "Y2", a), sighting(2, "X2", "Y1", b)}, ""},
		{"two addresses", BeOneAddress(), Sightings{sighting(1, "X2", "Y2", a), sighting(2, "X2", "Y1", other)},
			"X2:1 is 203.0.113.10:5010 toward Y2:7 and X2:2 is 203.0.113.11:5010 toward Y1:7; " +
				"one host must have one external address"},
		{"shared", ShareNoEndpoint(), Sightings{sighting(1, "X", "Y1", a), sighting(1, "X2", "Y1", a)},
			"X:1 is 203.0.113.10:5010 toward Y1:7 and X2:1 is 203.0.113.10:5010 toward Y1:7; " +
				"they must not share an external endpoint toward one peer"},
		{"shared toward two peers", ShareNoEndpoint(),
			Sightings{sighting(1, "X", "Y1", a), sighting(1, "X2", "Y2", a)}, ""},
		{"not shared", ShareNoEndpoint(), Sightings{sighting(1, "X", "Y1", a), sighting(1, "X", "Y2", a)}, ""},
	} {
		ok, err := test.matcher.Match(test.seen)
		if err != nil || ok != (test.want == "") {
			t.Errorf("%s: matches: %t, %v", test.name, ok, err)
		}
		if !ok && test.matcher.FailureMessage(test.seen) != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, test.matcher.FailureMessage(test.seen), test.want)
		}
	}
	if _, err := BeOneEndpoint().Match("X"); err == nil {
		t.Error("a text is taken for sightings")
	}
}

// A burst tells what arrives, in order, and repeats what is lost once.
func TestBurstRepeatsWhatIsLost(t *testing.T) {
	lost := 0
	l := newTestLab(t, "memory", Setup{}, func(p packet.Packet, inside bool) bool {
		if inside && p.Source.Port() == 20003 && lost == 0 {
			lost++
			return true
		}
		return inside && p.Source.Port() == 20005
	})
	seen := l.Attempt(t.Context(), l.Sessions("X", 20000, 8, l.UDP("Y1:7"))...)
	if len(seen) != 7 || lost != 1 {
		t.Fatalf("%d sightings, %d lost", len(seen), lost)
	}
	for _, s := range seen {
		if s.Source.Port() != s.X.port {
			t.Errorf("%s", s)
		}
	}
}
