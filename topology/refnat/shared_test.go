package refnat

import (
	"testing"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// Mappings that are shared have one port, which nobody else has in either protocol, and
// which is free when the last of the two has ended.
func TestSharedMappings(t *testing.T) {
	for _, shared := range []bool{false, true} {
		l := newLab(t, behaving(Behaviour{SharedMappings: shared, Ports: PortRandom}))
		syn := func(x string) string { return l.send(Inside, tcp(x, y1, packet.SYN))[0].src }
		if udp1, tcp1 := l.mapped(x40000, y1), syn(x40000); (udp1 == tcp1) != shared {
			t.Errorf("shared %t: UDP has %s, TCP %s", shared, udp1, tcp1)
		}
		if tcp1, udp1 := syn(z40000), l.mapped(z40000, y2); (udp1 == tcp1) != shared {
			t.Errorf("shared %t: TCP has %s, UDP %s", shared, tcp1, udp1)
		}
	}
	l := newLab(t, behaving(Behaviour{SharedMappings: true}))
	l.send(Inside, tcp(x40000, y1, packet.SYN))
	if got := l.mapped(z40000, y1); got == x1 {
		t.Errorf("z has the port of x's TCP, %s", got)
	}
	l.mapped(x40000, y1)
	l.idle(defaultTCPTransitory) // TCP's ends, UDP's does not
	l.tick()
	if got := l.send(Inside, tcp(w40000, y1, packet.SYN)); got[0].src == x1 {
		t.Errorf("w has the port of x's UDP, %s", got[0].src)
	}
	l.idle(time.Hour)
	if got := l.mapped("10.0.0.9:40000", y1); got != x1 {
		t.Errorf("mapped to %s, want the port that is free again", got)
	}
}

// A filter that is shared lets the other protocol in, to where it would go.
func TestSharedFilters(t *testing.T) {
	for _, test := range []struct {
		b         Behaviour
		udp1      string // where what y1 and y2 send by UDP gets to when x has sent a SYN
		udp2, tcp string // and what becomes of TCP when x has sent a datagram
	}{
		{Behaviour{}, "", "", "---"},
		{Behaviour{SharedFilters: true}, x40000, x40000, "+++"},
		{Behaviour{SharedFilters: true, Filtering: AddressDependent}, x40000, "", "++-"},
	} {
		l := newLab(t, behaving(test.b))
		l.script("> SYN")
		if one, two := l.reaches(y1, x1), l.reaches(y2, x1); one != test.udp1 || two != test.udp2 {
			t.Errorf("%+v: UDP reaches %q and %q, want %q and %q", test.b, one, two, test.udp1, test.udp2)
		}
		l = newLab(t, behaving(test.b))
		l.mapped(x40000, y1)
		if got := l.script("< SYN, > SYN-ACK, <2 SYN"); got != test.tcp {
			t.Errorf("%+v: TCP becomes %s, want %s", test.b, got, test.tcp)
		}
		l.idle(3 * time.Hour)
		l.tick()
		if n := len(l.mappings()) + len(l.table.hosts) + len(l.table.agenda.alarms); n != 0 {
			t.Errorf("%+v: %d pieces of state are left behind", test.b, n)
		}
	}
}
