package lab

import (
	"net/netip"
	"testing"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// A SYN is refused by a RST of whom it was sent to, and by an error about it.
func TestRefusal(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	x, y := l.TCP("X:5000"), l.TCP("Y1:80")
	nobody := netip.AddrPortFrom(l.External[0], 5001)
	syn := y.To(nobody)
	for name, test := range map[string]struct {
		from  netip.AddrPort
		flags Flags
		want  bool
	}{
		"a RST":              {nobody, RST | ACK, true},
		"a SYN-ACK":          {nobody, SYN | ACK, false},
		"a RST of X's":       {x.Addr(), RST, false},
		"a RST of a sibling": {netip.AddrPortFrom(l.External[0], 5002), RST, false},
	} {
		a := Arrival{Packet: packet.Packet{
			Protocol: packet.TCP, Source: test.from, Destination: y.Addr(), TCP: &packet.TCPHeader{Flags: test.flags},
		}}
		if got := syn.refusedBy(a); got != test.want {
			t.Errorf("%s refuses: %t", name, got)
		}
	}
	heard := y.HearsRefusal(t.Context(), x, syn, func() {
		l.Sends(t.Context(), syn)
		l.Idle(t.Context(), 6*time.Second)
	})
	if !match(HaveKind(3, 3), heard) || !match(Quote(syn), heard) {
		t.Errorf("%v", heard)
	}
}
