package lab

import (
	"context"
	"fmt"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology/nat"
)

// spares is how many flows stand beside one whose probe may be lost after a long
// wait on the real clock.
const spares = 3

// OpenSpared is Open for a flow that is probed after a long wait. On the real clock
// a spec cannot be repeated for a silence, so spare flows are opened beside it,
// from ports of their own, and wait along with it.
func (l *Lab) OpenSpared(ctx context.Context, x, y *Endpoint, answered bool) *Flow {
	ginkgo.GinkgoHelper()
	flow := l.Open(ctx, x, y, answered)
	if l.world.clock() != nat.Real {
		return flow
	}
	for i := range uint16(spares) {
		flow.spares = append(flow.spares, l.Open(ctx, x.Sibling(sparePort(x.port, i)), y, answered))
	}
	return flow
}

// sparePort returns another port above 1023, far from those of a spec's other
// flows and of the same parity.
func sparePort(port, i uint16) uint16 {
	const first, far = 1024, 4100
	n := (int(port) - first + (int(i)+1)*far) % (1<<16 - first)
	return uint16(first + n)
}

// Each does something to a flow and to all of its spares.
func (f *Flow) Each(do func(*Flow)) {
	do(f)
	for _, spare := range f.spares {
		do(spare)
	}
}

// Probe sends from the flow's external endpoint to its mapping and observes
// whether the internal one receives it. A probe may refresh the mapping, so a
// flow is good for one. If it is not heard, those of the spares tell whether it
// was lost.
func (f *Flow) Probe(ctx context.Context) Heard {
	ginkgo.GinkgoHelper()
	l := f.X.lab
	before := l.doubt
	heard := f.X.Hears(ctx, f.Y.To(f.Mapping))
	for i, spare := range f.spares {
		if heard.Arrival != nil {
			break
		}
		again := spare.Probe(ctx)
		if again.Arrival != nil {
			l.Note(fmt.Sprintf("the NAT loses packets: heard on try %d", i+2))
			l.doubt = before
			return again
		}
	}
	if heard.Arrival == nil && len(f.spares) > 0 {
		l.doubt.once, l.doubt.silent = before.once+1, before.silent
		l.doubt.spared = true
	}
	return heard
}
