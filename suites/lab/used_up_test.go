package lab

import (
	"strings"
	"testing"

	"github.com/natproof/natproof/topology/packet"
)

// Where new endpoints alone are silent the ports are used up; where a known one
// is as well, nothing is said but that nothing arrived.
func TestPortsUsedUp(t *testing.T) {
	dead := false
	l := newTestLab(t, "memory", Setup{}, func(p packet.Packet, inside bool) bool {
		return inside && (dead || p.Source.Port() > 20001)
	})
	x, y := l.UDP("X:20000"), l.UDP("Y1:7")
	x.SeenByEach(t.Context(), y)
	x.Sibling(20001).SeenBy(t.Context(), y)
	message := ending(func() { x.Sibling(20002).SeenBy(t.Context(), y) })
	for _, want := range []string{
		"the NAT's ports are used up, since X:20001 still gets through to Y1:7 as 203.0.113.10:20001",
		"after 203.0.113.10:20000 and 203.0.113.10:20001 toward Y1:7",
	} {
		if !strings.Contains(message, want) {
			t.Errorf("%q, want one with %q", message, want)
		}
	}
	message = ending(func() { l.SeenInAll(t.Context(), l.Sessions("X", 20000, 4, y)...) })
	if !strings.Contains(message, "of 4 endpoints, 2 sent 3 times each") || !strings.Contains(message, "used up") {
		t.Error(message)
	}
	dead = true
	if message := ending(func() { x.SeenBy(t.Context(), y) }); strings.Contains(message, "used up") {
		t.Error(message)
	}
}
