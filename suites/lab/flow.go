package lab

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology/packet"
)

// A Flow is an internal and an external endpoint that have exchanged packets,
// and the mapping that came of it.
type Flow struct {
	X, Y    *Endpoint
	Mapping netip.AddrPort

	spares []*Flow // see OpenSpared
}

// Open makes a flow: x sends to y, and y answers if it is told to. Of TCP, that is
// the first segment of the handshake, or all three of them.
func (l *Lab) Open(ctx context.Context, x, y *Endpoint, answered bool) *Flow {
	ginkgo.GinkgoHelper()
	flow := &Flow{X: x, Y: y}
	flow.Mapping = flow.X.SeenBy(ctx, flow.Y)
	answer := func() *Packet { return flow.Y.To(flow.Mapping) }
	if answered && l.reach(ctx, flow.X, answer) == nil {
		l.Inconclusive(fmt.Sprintf("control: %s has sent to %s, but the answer does not arrive; %s",
			flow.X, flow.Y, l.inboxes()))
	}
	if answered && x.protocol == packet.TCP && l.reach(ctx, flow.Y, flow.acknowledges) == nil {
		l.Inconclusive(fmt.Sprintf("control: %s and %s have exchanged SYNs, but what ends the handshake does not "+
			"arrive; %s", flow.X, flow.Y, l.inboxes()))
	}
	return flow
}

// acknowledges is the third segment of a handshake.
func (f *Flow) acknowledges() *Packet { return f.X.Sending(Segment{Flags: new(ACK)}, f) }

// OpenEach opens a flow to each of y's ports, from x and the ports after it.
func (l *Lab) OpenEach(ctx context.Context, x, y *Endpoint, ports ...uint16) []*Flow {
	ginkgo.GinkgoHelper()
	var flows []*Flow
	for i, port := range ports {
		flows = append(flows, l.Open(ctx, x.Sibling(x.port+uint16(i)), y.Sibling(port), true))
	}
	return flows
}

// OpenAll opens a flow in each session, many at a time, and returns those that were
// opened: what is not answered, or not let in, is left out.
func (l *Lab) OpenAll(ctx context.Context, sessions ...Session) []*Flow {
	ginkgo.GinkgoHelper()
	var open []*Flow
	for burst := range slices.Chunk(sessions, floodBurst) {
		flows := l.openBurst(ctx, burst)
		if len(flows) == 0 {
			break
		}
		open = append(open, flows...)
	}
	l.Note(fmt.Sprintf("of %d flows, beginning with %s to %s, %d are open",
		len(sessions), sessions[0].X, sessions[0].Y, len(open)))
	return open
}

func (l *Lab) openBurst(ctx context.Context, sessions []Session) []*Flow {
	ginkgo.GinkgoHelper()
	var flows []*Flow
	for _, s := range l.burst(ctx, sessions, "") {
		flows = append(flows, &Flow{X: s.X, Y: s.Y, Mapping: s.Source})
	}
	flows = l.through(ctx, flows, (*Flow).inward)
	if len(flows) == 0 || flows[0].X.protocol != packet.TCP {
		return flows
	}
	return l.through(ctx, flows, func(f *Flow) leg { return leg{from: f.X, at: f.Y, next: f.acknowledges} })
}

// inward is the leg of what the outside sends next.
func (f *Flow) inward() leg { return leg{from: f.Y, to: f.Mapping, at: f.X} }

// through sends a packet in each flow, and returns those in which it arrives.
func (l *Lab) through(ctx context.Context, flows []*Flow, next func(*Flow) leg) []*Flow {
	ginkgo.GinkgoHelper()
	if len(flows) == 0 {
		return nil
	}
	var legs []leg
	for _, f := range flows {
		legs = append(legs, next(f))
	}
	var left []*Flow
	for i, source := range l.carry(ctx, legs) {
		if source.IsValid() {
			left = append(left, flows[i])
		}
	}
	return left
}

// CloseAll has both ends of each connection finish, many at a time. What does not arrive is
// sent again, as hosts do: a connection of which one end is open keeps its port for hours.
func (l *Lab) CloseAll(ctx context.Context, flows ...*Flow) {
	ginkgo.GinkgoHelper()
	for burst := range slices.Chunk(flows, floodBurst) {
		for _, next := range []func(*Flow) leg{finally(true, FIN|ACK), finally(false, FIN|ACK), finally(true, ACK)} {
			l.through(ctx, burst, next)
		}
	}
}

// ResetAll has the inside of each connection abort it, many at a time.
func (l *Lab) ResetAll(ctx context.Context, flows ...*Flow) {
	ginkgo.GinkgoHelper()
	for burst := range slices.Chunk(flows, floodBurst) {
		l.through(ctx, burst, finally(true, RST|ACK))
	}
}

// finally makes the leg of a segment that ends a connection, from the inside or the outside.
func finally(inside bool, flags packet.Flags) func(*Flow) leg {
	return func(f *Flow) leg {
		if inside {
			return leg{from: f.X, at: f.Y, next: func() *Packet { return f.X.Sending(Segment{Flags: &flags}, f) }}
		}
		return leg{from: f.Y, at: f.X, next: func() *Packet { return f.Y.Sending(Segment{Flags: &flags}, f) }}
	}
}

// StillOpen has the outside of each flow send once more, many at a time, and returns
// the flows in which it is heard.
func (l *Lab) StillOpen(ctx context.Context, flows ...*Flow) []*Flow {
	ginkgo.GinkgoHelper()
	var left []*Flow
	for burst := range slices.Chunk(flows, floodBurst) {
		left = append(left, l.through(ctx, burst, (*Flow).inward)...)
	}
	l.Note(fmt.Sprintf("of %d flows, %d still carry what comes from outside", len(flows), len(left)))
	return left
}
