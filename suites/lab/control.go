package lab

import (
	"context"
	"fmt"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology/packet"
)

// A pair of hosts, one on each side, that must hear each other for an
// observation to mean anything.
type pair struct{ inside, outside place }

// controlPairs returns the pairs whose round trips cover the path of a packet
// from one host to another.
func (l *Lab) controlPairs(from, to place) []pair {
	switch {
	case from.inside && to.inside:
		y1 := named("Y1")
		if from == to {
			return []pair{{from, y1}}
		}
		return []pair{{from, y1}, {to, y1}}
	case from.inside:
		return []pair{{from, to}}
	case to.inside:
		return []pair{{to, from}}
	}
	x := named("X")
	return []pair{{x, from}, {x, to}}
}

// Controls use ports of their own, so that no mapping under test is touched. After
// each change of the policy they are new sessions: what becomes of one that was
// there before is what a spec judges.
const (
	controlPort   = 61616
	controlPrefix = labelPrefix + "control "
)

// during says that controls are made amid a crowd of packets, to pace it.
const during = "during"

// controls sends a datagram out and one back for each pair.
func (l *Lab) controls(ctx context.Context, pairs []pair, when string) {
	ginkgo.GinkgoHelper()
	port := controlPort - uint16(l.changed)
	for _, p := range pairs {
		if l.setup.Outside == Overlapping {
			p.outside = named(p.outside.node) // R cannot be addressed from inside, and shares its wire
		}
		said := fmt.Sprintf("%s%s and %s", controlStep, p.inside.name, p.outside.name)
		in := &Endpoint{l, p.inside, packet.UDP, port}
		out := &Endpoint{l, p.outside, packet.UDP, port}
		if !l.roundTrip(ctx, in, out) {
			l.controlled = append(l.controlled, mark{time.Now(), said + " do not hear each other"})
			l.Inconclusive(fmt.Sprintf("control %s the stimulus: %s and %s do not hear each other through the NAT; %s",
				when, p.inside.name, p.outside.name, l.inboxes()))
		}
		if when != during {
			l.controlled = append(l.controlled, mark{time.Now(), said + " hear each other"})
		}
	}
}

// roundTrip tries each way by itself, so that a loss on the one does not cost a try
// on the other.
func (l *Lab) roundTrip(ctx context.Context, in, out *Endpoint) bool {
	ginkgo.GinkgoHelper()
	seen := l.reach(ctx, out, func() *Packet { return in.To(out.Addr()).asControl() })
	if seen == nil {
		return false
	}
	l.translatedFor(out, seen.Source)
	return l.reach(ctx, in, func() *Packet { return out.To(seen.Source).asControl() }) != nil
}

func (p *Packet) asControl() *Packet {
	p.payload = fmt.Appendf(nil, controlPrefix+"%d", p.id)
	return p
}
