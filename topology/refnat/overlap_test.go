package refnat

import (
	"net/netip"
	"testing"
)

// Where both sides have one subnet, a host outside that has the number of one inside is
// shown as the NAT, so that the answer to it comes to the NAT (RFC 4787, REQ-7).
func TestOverlap(t *testing.T) {
	const neighbour = "10.0.0.3:7000"
	overlapping := func(c *Config) {
		c.External = []netip.Addr{netip.MustParseAddr("10.0.0.200")}
	}
	l := newLab(t, overlapping)
	x1, z1 := l.mapped(x40000, y1), l.mapped(z40000, y1)
	if x1 != "10.0.0.200:40000" || z1 == x1 {
		t.Fatalf("x is mapped to %s, z to %s", x1, z1)
	}
	if got := l.reaches(y1, z1); got != z40000 {
		t.Errorf("%s reaches %q, want z, which has the number of a neighbour outside", z1, got)
	}
	l.wantIn(neighbour, x1, "10.0.0.1:7000", x40000)
	l.wantOut(x40000, "10.0.0.1:7000", x1, neighbour)
	if out := newLab(t).send(Outside, udp(neighbour, "203.0.113.1:40000")); len(out) > 0 {
		t.Error("an inside source comes in from outside, where nothing overlaps")
	}
}
