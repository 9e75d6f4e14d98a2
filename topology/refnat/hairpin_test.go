package refnat

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// hairpinned returns source and destination of what x's packet to an external
// endpoint has become, none if it was dropped.
func (l *lab) hairpinned(x, x1 string) []string {
	l.Helper()
	got := l.send(Inside, udp(x, x1))
	if len(got) == 0 {
		return nil
	}
	if len(got) != 1 || got[0].Side != Inside {
		l.Fatalf("%s to %s: sent on %+v, want one packet inside", x, x1, got)
	}
	return []string{got[0].src, got[0].to}
}

func TestHairpin(t *testing.T) {
	for _, test := range []struct {
		name      string
		b         Behaviour
		contacted bool // the receiver has sent to the sender's endpoint
		want      []string
	}{
		{"external source", Behaviour{}, false, []string{"203.0.113.1:40000", z40000}},
		{"internal source", Behaviour{Hairpin: HairpinInternalSource}, false, []string{x40000, z40000}},
		{"none", Behaviour{Hairpin: HairpinNone}, false, nil},
		{"filtered", Behaviour{Filtering: AddressAndPortDependent}, false, nil},
		{"let in", Behaviour{Filtering: AddressAndPortDependent}, true, []string{"203.0.113.1:40000", z40000}},
		{"by address", Behaviour{Filtering: AddressDependent}, true, []string{"203.0.113.1:40000", z40000}},
	} {
		l := newLab(t, behaving(test.b))
		x1, z1 := l.mapped(x40000, y1), l.mapped(z40000, y1)
		if test.contacted {
			l.hairpinned(z40000, x1)
		}
		if diff := cmp.Diff(test.want, l.hairpinned(x40000, z1)); diff != "" {
			t.Errorf("%s: endpoints (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestHairpinMakesMapping(t *testing.T) {
	l := newLab(t)
	z1 := l.mapped(z40000, y1)
	want := []string{"203.0.113.1:5000", z40000}
	if diff := cmp.Diff(want, l.hairpinned("10.0.0.2:5000", z1)); diff != "" {
		t.Errorf("endpoints (-want +got):\n%s", diff)
	}
	if got := l.hairpinned(z40000, "203.0.113.1:5000"); !cmp.Equal(got, []string{z1, "10.0.0.2:5000"}) {
		t.Errorf("answer %v", got)
	}
	if got := l.hairpinned(z40000, z1); !cmp.Equal(got, []string{z1, z40000}) {
		t.Errorf("to itself %v", got)
	}
	if got := l.hairpinned(z40000, "203.0.113.1:9"); got != nil {
		t.Errorf("to the NAT itself %v", got)
	}
}

func TestDropped(t *testing.T) {
	l := newLab(t)
	x1 := l.mapped(x40000, y1)
	for name, test := range map[string]struct {
		from   Side
		packet []byte
	}{
		"to the NAT, inside":     {Inside, udp(x40000, "10.0.0.1:53")},
		"to another inside host": {Inside, udp(x40000, z40000)},
		"foreign source":         {Inside, udp("10.1.0.2:1", y1)},
		"NAT's own source":       {Inside, udp("10.0.0.1:1", y1)},
		"multicast":              {Inside, udp(x40000, "224.0.0.1:1")},
		"broadcast":              {Inside, udp(x40000, "255.255.255.255:1")},
		"to the NAT, outside":    {Outside, udp(y1, "203.0.113.1:53")},
		"to a private address":   {Outside, udp(y1, x40000)},
		"to another address":     {Outside, udp(y1, "203.0.113.7:40000")},
		"inside source":          {Outside, udp(z40000, x1)},
		"external source":        {Outside, udp("203.0.113.1:1", x1)},
		"echo reply":             {Inside, echo("10.0.0.2", router, 0, 7)},
		"router solicitation":    {Inside, quoting("10.0.0.2", router, 10, 0, nil)},
		"echo in":                {Outside, quoting(router, "203.0.113.1", 8, 0, nil)},
	} {
		if got := l.send(test.from, test.packet); len(got) != 0 {
			t.Errorf("%s: sent on as %+v", name, got)
		}
	}
}
