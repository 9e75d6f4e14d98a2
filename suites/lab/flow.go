package lab

import (
	"context"
	"fmt"
	"net/netip"

	ginkgo "github.com/onsi/ginkgo/v2"
)

// A Flow is an internal and an external endpoint that have exchanged packets,
// and the mapping that came of it.
type Flow struct {
	X, Y    *Endpoint
	Mapping netip.AddrPort

	spares []*Flow // see OpenSpared
}

// Open makes a flow: x sends to y, and y answers if it is told to.
func (l *Lab) Open(ctx context.Context, x, y *Endpoint, answered bool) *Flow {
	ginkgo.GinkgoHelper()
	flow := &Flow{X: x, Y: y}
	flow.Mapping = flow.X.SeenBy(ctx, flow.Y)
	answer := func() *Packet { return flow.Y.To(flow.Mapping) }
	if answered && l.reach(ctx, flow.X, answer) == nil {
		l.Inconclusive(fmt.Sprintf("control: %s has sent to %s, but the answer does not arrive; %s",
			flow.X, flow.Y, l.inboxes()))
	}
	return flow
}

// OpenEach opens a flow to each of y's ports, from x and the ports after it.
func (l *Lab) OpenEach(ctx context.Context, x, y *Endpoint, ports ...uint16) []*Flow {
	ginkgo.GinkgoHelper()
	var flows []*Flow
	for i, port := range ports {
		flows = append(flows, l.Open(ctx, x.Sibling(x.port+uint16(i)), y.Sibling(port), true))
	}
	return flows
}
