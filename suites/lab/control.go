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

const controlPrefix = labelPrefix + "control "

// A controlForm is what controls are like. They use ports of their own, so that no mapping
// under test is touched.
type controlForm struct {
	inside, outside uint16
	size            int // of the payload at least
}

// controlForms are tried in turn until one gets through. A NAT that carries only some datagrams
// is judged by these, or nothing could be said of one that drops, say, high ports. So the second
// form has nothing of the first. The first control of a spec settles the form for all of it.
var controlForms = []controlForm{{61616, 61616, 0}, {20401, 777, 200}}

// during says that controls are made amid a crowd of packets, to pace it.
const during = "during"

// controls sends a datagram out and one back for each pair.
func (l *Lab) controls(ctx context.Context, pairs []pair, when string) {
	ginkgo.GinkgoHelper()
	for _, p := range pairs {
		if l.setup.Outside == Overlapping {
			p.outside = named(p.outside.node) // R cannot be addressed from inside, and shares its wire
		}
		said := fmt.Sprintf("%s%s and %s", controlStep, p.inside.name, p.outside.name)
		if !l.control(ctx, p) {
			l.controlled = append(l.controlled, mark{time.Now(), said + " do not hear each other"})
			l.Inconclusive(fmt.Sprintf("control %s the stimulus: %s and %s do not hear each other through the NAT; %s",
				when, p.inside.name, p.outside.name, l.inboxes()))
		}
		if when != during {
			l.controlled = append(l.controlled, mark{time.Now(), said + " hear each other"})
		}
	}
}

// control is a round trip of a pair, in the form that the bench has found to get through. The
// first of a spec tries the other forms as well, and a later one another flow.
func (l *Lab) control(ctx context.Context, p pair) bool {
	ginkgo.GinkgoHelper()
	vain := l.doubt.vain
	for i := range controlForms {
		form := (bench.form + i) % len(controlForms)
		if l.roundTrip(ctx, p, controlForms[form]) {
			if i > 0 {
				port := controlForms[bench.form].inside
				l.Note(fmt.Sprintf("controls from port %d do not get through; others do", port))
			}
			bench.form, l.formed, l.doubt.vain = form, true, vain
			return true
		}
		if l.formed {
			return l.controlAnew(ctx, p)
		}
	}
	return false
}

// controlAnew is a control by ports that have not been used: a NAT may end one flow, as after so
// many packets, and carry others. A flow that goes on was not ended, so that the NAT was dead for
// a moment, and what was sent in it may have been lost.
func (l *Lab) controlAnew(ctx context.Context, p pair) bool {
	ginkgo.GinkgoHelper()
	vain, form := l.doubt.vain, controlForms[bench.form]
	l.renewed++
	if !l.roundTrip(ctx, p, form) {
		return false
	}
	l.renewed--
	if l.roundTrip(ctx, p, form) {
		return false
	}
	l.renewed++
	l.Note(fmt.Sprintf("the flow of the controls between %s and %s has ended; a new one gets through",
		p.inside.name, p.outside.name))
	l.doubt.vain = vain
	return true
}

// roundTrip tries each way by itself, so that a loss on the one does not cost a try
// on the other. After each change of the policy it is a new session: what becomes of one that
// was there before is what a spec judges.
func (l *Lab) roundTrip(ctx context.Context, p pair, form controlForm) bool {
	ginkgo.GinkgoHelper()
	used := uint16(l.changed + l.renewed)
	in := &Endpoint{l, p.inside, packet.UDP, form.inside - used}
	out := &Endpoint{l, p.outside, packet.UDP, form.outside - used}
	seen := l.reach(ctx, out, func() *Packet { return in.To(out.Addr()).asControl(form) })
	if seen == nil {
		return false
	}
	l.translatedFor(out, seen.Source)
	return l.reach(ctx, in, func() *Packet { return out.To(seen.Source).asControl(form) }) != nil
}

func (p *Packet) asControl(form controlForm) *Packet {
	p.payload = fmt.Appendf(nil, "%-*s", form.size, fmt.Sprintf(controlPrefix+"%d", p.id))
	return p
}
