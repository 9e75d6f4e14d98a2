package lab

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/natproof/natproof/topology/packet"
)

// capacityOf counts the flows that a NAT in memory holds.
func capacityOf(t *testing.T, nat string, most int) Capacity {
	l := newTestLab(t, nat, Setup{}, nothing)
	y := l.UDP("Y1:7")
	return l.Capacity(t.Context(), l.Open(t.Context(), l.UDP("X:9000"), y, true), most, "flows",
		func(i int) Session { return Session{l.UDPAt("X2", 10000+uint16(i)), y} })
}

func TestCapacity(t *testing.T) {
	sound := capacityOf(t, "memory", 1000)
	if ok, err := HoldAtLeast(1000).Match(sound); !ok || err != nil {
		t.Errorf("%s, %v", sound, err)
	}
	small := capacityOf(t, "memory:room-for-eight", 1000)
	if ok, _ := HoldAtLeast(1000).Match(small); ok || small.Held != 1 {
		t.Errorf("%s", small)
	}
	want := "the NAT holds 1 flows; with 10, the first is dead: X:9000 does not hear what Y1:7 sends to " +
		"203.0.113.10:9000, and did before; it should hold 1000"
	if got := HoldAtLeast(1000).FailureMessage(small); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got := HoldAtLeast(1).NegatedFailureMessage(small); !strings.Contains(got, "it should not hold 1") {
		t.Error(got)
	}
	if _, err := HoldAtLeast(1).Match(1000); err == nil {
		t.Error("a number is taken for a capacity")
	}
}

// Connections are counted that the NAT refuses, and those that it has ended.
func TestConnections(t *testing.T) {
	for _, test := range []struct {
		name, want string
		held       int
		lose       func(p packet.Packet, inside bool) bool
	}{
		{"all", "holds 20 connections", 20, nothing},
		{"refused", "of 20, no more than 12 could be opened", 12, func(p packet.Packet, inside bool) bool {
			return inside && p.TCP != nil && p.Source.Port() >= 5012
		}},
		{"ended", "of 10, only 3 still carry", 3, func(p packet.Packet, inside bool) bool {
			return !inside && p.TCP != nil && p.TCP.Flags == Data && p.Destination.Port() >= 5003
		}},
	} {
		l := newTestLab(t, "memory", Setup{}, test.lose)
		x, y := l.TCP("X:5000"), l.TCP("Y1:80")
		c := l.Connections(t.Context(), func(i int) Session { return Session{x.Sibling(5000 + uint16(i)), y} }, 10, 20)
		if c.Held != test.held || !strings.Contains(c.String(), test.want) {
			t.Errorf("%s: %s", test.name, c)
		}
	}
}

// A flood is of as many SYNs as a table in memory is asked to bear, each of its own.
func TestFloodsSYN(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	l.TCP("X2:1").FloodsSYN(t.Context(), "X", 50_000, func(i int) (source, destination netip.AddrPort) {
		return netip.AddrPortFrom(Addr("X2"), uint16(1024+i)), netip.AddrPortFrom(Addr("Y2"), 80)
	})
	seen := map[string]bool{}
	for _, p := range pairUp(l.world.records()) {
		if p.Outgoing && p.TCP != nil && p.Damage == "" && p.Cause != nil {
			seen[p.Source.String()] = true
		}
	}
	if len(seen) != 2*mostInMemory {
		t.Errorf("%d SYNs are seen outside", len(seen))
	}
}
