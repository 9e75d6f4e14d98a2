package lab

import (
	"context"
	"fmt"
	"net/netip"

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
		return f.X.Hears(ctx, f.next(f.Y, f.Mapping, step))
	})
}

// ProbeOut is Probe from the internal endpoint to the external one.
func (f *Flow) ProbeOut(ctx context.Context, step ...Step) Heard {
	ginkgo.GinkgoHelper()
	return f.probe(ctx, func(f *Flow) Heard {
		ginkgo.GinkgoHelper()
		return f.Y.Hears(ctx, f.next(f.X, f.Y.Addr(), step))
	})
}

// next is a packet of one of the ends: the segment that is given, if one is.
func (f *Flow) next(from *Endpoint, to netip.AddrPort, step []Step) *Packet {
	if len(step) > 0 {
		return from.Sending(step[0].Segment, f)
	}
	return from.To(to)
}

// NoteDead tells the report what becomes of a segment from inside whose connection the
// NAT has forgotten: RFC 5382, Section 5 leaves that open.
func (f *Flow) NoteDead(ctx context.Context) {
	ginkgo.GinkgoHelper()
	heard := f.Y.Hears(ctx, f.X.Sending(Segment{Flags: new(Data)}, f))
	f.X.lab.doubt.silent = false
	switch {
	case heard.Arrival == nil:
		f.X.lab.Note("data of the forgotten connection does not leave")
	case heard.Source() == f.Mapping:
		f.X.lab.Note("data of the forgotten connection leaves as before: the NAT picks it up in its middle")
	default:
		f.X.lab.Note(fmt.Sprintf("data of the forgotten connection leaves from %s, which is of no use to %s",
			heard.Source(), f.Y))
	}
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
