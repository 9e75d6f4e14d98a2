package suites

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	ginkgo "github.com/onsi/ginkgo/v2"
)

// A Stimulus is something that a spec puts on the wire to see what the NAT does
// with it.
type Stimulus interface {
	fmt.Stringer
	packets() ([][]byte, error)
	sender() place
}

func (d *Datagram) sender() place { return d.from.place }

// Heard is what an observer received of a stimulus, between two controls.
type Heard struct {
	// Arrival is what was waited for; nil if it did not come.
	Arrival *Arrival
	// Meanwhile is everything that reached the observer from the stimulus on.
	Meanwhile []Arrival

	what     string
	observer string
}

// Source returns the source address of what was heard, and the zero value if
// nothing was.
func (h Heard) Source() netip.AddrPort {
	if h.Arrival == nil {
		return netip.AddrPort{}
	}
	return h.Arrival.Source
}

// Hears sends a datagram, from anywhere, and observes whether u receives it.
// The observation lies between two controls on the same path: only because they
// arrive does silence mean anything. A control that fails ends the spec as
// inconclusive.
func (u *UDP) Hears(ctx context.Context, d *Datagram) Heard {
	ginkgo.GinkgoHelper()
	return u.lab.observe(ctx, d, u.place, u.String(), d.arrivedAt(u))
}

// observe sends a stimulus between two controls and waits at an observer.
func (l *Lab) observe(ctx context.Context, s Stimulus, at place, observer string, wanted func(Arrival) bool) Heard {
	ginkgo.GinkgoHelper()
	pairs := l.controlPairs(s.sender(), at)
	l.controls(ctx, pairs, "before")
	h := l.host(at)
	mark := len(h.inbox)
	l.put(ctx, s)
	l.controls(ctx, pairs, "after")
	_, grace := l.world.patience()
	arrival, err := h.listen(ctx, mark, grace, wanted)
	if err != nil {
		l.breaks("receiving at "+at.name, err)
	}
	heard := Heard{Arrival: arrival, what: s.String(), observer: observer}
	for _, a := range h.inbox[mark:] {
		if !a.control() {
			heard.Meanwhile = append(heard.Meanwhile, a)
		}
	}
	l.Note(heard.String())
	return heard
}

func (h Heard) String() string {
	if h.Arrival == nil {
		return fmt.Sprintf("%s did not hear %s, but the controls before and after it", h.observer, h.what)
	}
	return fmt.Sprintf("%s heard %s, coming from %s", h.observer, h.what, h.Arrival.Source)
}

// put sends a stimulus.
func (l *Lab) put(ctx context.Context, s Stimulus) {
	ginkgo.GinkgoHelper()
	packets, err := s.packets()
	if err != nil {
		l.breaks("spec: "+s.String(), err)
	}
	for _, packet := range packets {
		if err := l.host(s.sender()).port.Send(ctx, packet); err != nil {
			l.breaks("sending "+s.String(), err)
		}
	}
}

// A pair of hosts, one on each side, that must hear each other for an
// observation to mean anything.
type pair struct{ inside, outside place }

// controlPairs returns the pairs whose round trips cover the path of a packet
// from one host to another.
func (l *Lab) controlPairs(from, to place) []pair {
	y1, _ := placeNamed("Y1")
	switch {
	case from.inside && to.inside:
		if from == to {
			return []pair{{from, y1}}
		}
		return []pair{{from, y1}, {to, y1}}
	case from.inside:
		return []pair{{from, to}}
	case to.inside:
		return []pair{{to, from}}
	}
	x, _ := placeNamed("X")
	return []pair{{x, from}, {x, to}}
}

// Controls use ports of their own, so that no mapping under test is touched.
const (
	controlPort   = 61616
	controlPrefix = "natproof control "
)

func (a Arrival) control() bool { return strings.HasPrefix(string(a.Payload), controlPrefix) }

// controls sends a datagram out and one back for each pair.
func (l *Lab) controls(ctx context.Context, pairs []pair, when string) {
	ginkgo.GinkgoHelper()
	for _, p := range pairs {
		in, out := &UDP{l, p.inside, controlPort}, &UDP{l, p.outside, controlPort}
		if !l.roundTrip(ctx, in, out) {
			l.Inconclusive(fmt.Sprintf("control %s the stimulus: %s and %s do not hear each other through the NAT; %s",
				when, p.inside.name, p.outside.name, l.inboxes()))
		}
	}
}

func (l *Lab) roundTrip(ctx context.Context, in, out *UDP) bool {
	ginkgo.GinkgoHelper()
	const tries = 3
	for range tries {
		there := in.To(out.Addr()).asControl()
		seen := l.deliver(ctx, there, out)
		if seen == nil {
			continue
		}
		l.translated(seen.Source)
		if l.deliver(ctx, out.To(seen.Source).asControl(), in) != nil {
			return true
		}
	}
	return false
}

func (d *Datagram) asControl() *Datagram {
	d.payload = fmt.Appendf(nil, controlPrefix+"%d", d.id)
	return d
}
