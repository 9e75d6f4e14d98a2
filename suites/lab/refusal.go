package lab

import (
	"context"
	"fmt"
	"slices"

	ginkgo "github.com/onsi/ginkgo/v2"
)

// HearsRefusal observes whether e, which has sent p or is about to, is told while
// during runs that it is not wanted: by a RST of whom it was sent to, or by an ICMP
// error about it of anybody. The controls are between e's host and peer's.
func (e *Endpoint) HearsRefusal(ctx context.Context, peer *Endpoint, p *Packet, during func()) Heard {
	ginkgo.GinkgoHelper()
	return e.HearsRefusalBy(ctx, peer, "a refusal (RST or ICMP error) of", p, during)
}

// HearsRefusalBy is HearsRefusal where the clause says what kind there has to be, which is
// what the report awaits. What comes first is heard, of whatever kind, so that the spec sees it.
func (e *Endpoint) HearsRefusalBy(ctx context.Context, peer *Endpoint, kind string, p *Packet, during func()) Heard {
	ginkgo.GinkgoHelper()
	return e.Overhears(ctx, peer, fmt.Sprintf("%s the packet to %s", kind, nameOf(p.to)), p.refusedBy, during)
}

// HearsAnyRefusal is HearsRefusal of several packets.
func (e *Endpoint) HearsAnyRefusal(ctx context.Context, peer *Endpoint, packets []*Packet, during func()) Heard {
	ginkgo.GinkgoHelper()
	what := fmt.Sprintf("a refusal (RST or ICMP error) of any of %d packets", len(packets))
	return e.Overhears(ctx, peer, what, func(a Arrival) bool {
		return slices.ContainsFunc(packets, func(p *Packet) bool { return p.refusedBy(a) })
	}, during)
}

// refusedBy reports whether an arrival refuses the packet as it was sent.
func (p *Packet) refusedBy(a Arrival) bool {
	if quote := a.Quote(); quote != nil {
		return quote.Source == p.from.Addr() && quote.Destination == p.to
	}
	return a.TCP != nil && a.TCP.Flags&RST != 0 && a.Source == p.to && a.Destination == p.from.Addr()
}
