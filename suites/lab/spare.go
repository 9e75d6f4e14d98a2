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

// BetweenSpared is OpenSpared for a flow whose ends have not sent anything yet.
func (l *Lab) BetweenSpared(x, y *Endpoint) *Flow {
	flow := l.Between(x, y)
	if l.world.clock() != nat.Real {
		return flow
	}
	for i := range uint16(spares) {
		flow.spares = append(flow.spares, l.Between(x.Sibling(sparePort(x.port, i)), y))
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
// whether the internal one receives it: what that end sends next, or a segment of
// the spec's own. A probe may refresh the mapping, so a flow is good for one. If it
// is not heard, those of the spares tell whether it was lost.
func (f *Flow) Probe(ctx context.Context, step ...Step) Heard {
	ginkgo.GinkgoHelper()
	return f.probe(ctx, func(f *Flow) Heard {
		ginkgo.GinkgoHelper()
		next := f.Y.To(f.Mapping)
		if len(step) > 0 {
			next = f.Y.Sending(step[0].Segment, f)
		}
		return f.X.Hears(ctx, next)
	})
}

// ProbeBy is Probe with a segment of either end. What comes from inside counts as
// heard only from the mapping.
func (f *Flow) ProbeBy(ctx context.Context, step Step) Heard {
	ginkgo.GinkgoHelper()
	if step.outside {
		return f.Probe(ctx, step)
	}
	return f.probe(ctx, func(f *Flow) Heard {
		ginkgo.GinkgoHelper()
		return f.hearsOut(ctx, step.Segment)
	})
}

// hearsOut has x send a segment, and y hear it if it comes from the mapping.
func (f *Flow) hearsOut(ctx context.Context, s Segment) Heard {
	ginkgo.GinkgoHelper()
	heard := f.Y.Hears(ctx, f.X.Sending(s, f))
	if heard.Arrival != nil && heard.Source() != f.Mapping {
		heard.belied = f.Mapping.String()
	}
	return heard
}

// PremiseDead ends the spec as inconclusive when a control was heard that should be
// dead by now.
func (l *Lab) PremiseDead(h Heard, reason string) {
	ginkgo.GinkgoHelper()
	if h.Arrival != nil {
		l.Inconclusive(reason + "; " + h.String())
	}
}

func (f *Flow) probe(ctx context.Context, do func(*Flow) Heard) Heard {
	ginkgo.GinkgoHelper()
	l := f.X.lab
	before := l.doubt
	heard := do(f)
	for i, spare := range f.spares {
		if heard.Arrival != nil {
			break
		}
		again := do(spare)
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
