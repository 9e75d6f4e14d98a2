package lab

import (
	"strings"
	"testing"

	"github.com/natproof/natproof/topology/nat"
	"github.com/natproof/natproof/topology/packet"
)

// waiting is a world whose clock is real, and can be moved by a test all the same.
type waiting struct{ *lossy }

func (waiting) clock() nat.Clock { return nat.Real }

// A probe that is lost is made good by a spare one, a mapping that is dead is not.
func TestSpares(t *testing.T) {
	for lost, want := range map[int]doubt{0: {}, 1: {}, 3: {}, 4: {spared: true, once: 1}} {
		left := 0
		l := newTestLab(t, "memory", Setup{}, func(p packet.Packet, in bool) bool {
			if in || isControl(p) {
				return false
			}
			left--
			return left >= 0
		})
		l.world = waiting{l.world.(*lossy)}
		flow := l.OpenSpared(t.Context(), l.UDP("X:5000"), l.UDP("Y1:80"), true)
		stimulated := map[uint16]bool{}
		flow.Each(func(f *Flow) { stimulated[f.X.port] = true })
		if len(stimulated) != 1+spares {
			t.Fatalf("%d flows, want %d", len(stimulated), 1+spares)
		}
		l.doubt, left = doubt{}, lost
		heard := flow.Probe(t.Context())
		if (heard.Arrival == nil) != (want != doubt{}) {
			t.Errorf("%d lost: %v", lost, heard)
		}
		want.controls = l.doubt.controls
		if l.doubt.silent || l.doubt.spared != want.spared || lost > 0 && l.doubt != want {
			t.Errorf("%d lost: %+v, want %+v", lost, l.doubt, want)
		}
		if last := l.marks[len(l.marks)-1].text; strings.Contains(last, "loses") != (lost > 0 && lost < 4) {
			t.Errorf("%d lost: %s", lost, last)
		}
	}
	l := newTestLab(t, "memory", Setup{}, nothing)
	if flow := l.OpenSpared(t.Context(), l.UDP("X:5000"), l.UDP("Y1:80"), true); len(flow.spares) != 0 {
		t.Error("there are spares where time need not be waited for")
	}
}

// A spare's port is of the flow's parity, and none of a neighbour's.
func TestSparePort(t *testing.T) {
	for _, port := range []uint16{53, 1024, 45000, 46001, 65535} {
		for i := range uint16(spares) {
			got := sparePort(port, i)
			if got < 1024 || got%2 != port%2 || got-port < 1000 || port-got < 1000 {
				t.Errorf("spare %d of %d has port %d", i, port, got)
			}
		}
	}
}
