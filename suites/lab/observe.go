package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology"
)

// A Stimulus is something that a spec puts on the wire to see what the NAT does
// with it.
type Stimulus interface {
	fmt.Stringer
	packets() ([][]byte, error)
	sender() place
	// heardBy tells what an endpoint hears of the stimulus among its arrivals.
	heardBy(e *Endpoint) func(Arrival) bool
}

// Hears sends a stimulus, from anywhere, and observes whether e receives it. The
// observation lies between two controls on the same path: only because they
// arrive does silence mean anything. A control that fails ends the spec as
// inconclusive.
func (e *Endpoint) Hears(ctx context.Context, s Stimulus) Heard {
	ginkgo.GinkgoHelper()
	return e.lab.observe(ctx, e.observation(ctx, s))
}

// HearsBeside is Hears with controls of another inside host, where it is the
// observed one that may have no way through the NAT at all.
func (e *Endpoint) HearsBeside(ctx context.Context, beside string, s Stimulus) Heard {
	ginkgo.GinkgoHelper()
	o := e.observation(ctx, s)
	o.beside = beside
	return e.lab.observe(ctx, o)
}

func (e *Endpoint) observation(ctx context.Context, s Stimulus) observation {
	o := observation{
		what: s.String(), from: s.sender(), at: e.place, to: e.Addr(), observer: e.String(), wanted: s.heardBy(e),
		passes: true,
		during: func() { ginkgo.GinkgoHelper(); e.lab.put(ctx, s) },
	}
	switch s := s.(type) {
	case *Packet:
		o.genuine, o.unlike, o.damaged = s.senderAt(e), s.unlike(e), s.wrongHeader
	case *ICMPError:
		o.damaged = s.damaged
	}
	return o
}

// Overhears observes what e's host receives while during runs, which may let time
// pass and send whatever it likes. What is awaited is said in words and told by
// wanted. The controls before and after are between e's host and peer's.
func (e *Endpoint) Overhears(
	ctx context.Context, peer *Endpoint, awaited string, wanted func(Arrival) bool, during func(),
) Heard {
	ginkgo.GinkgoHelper()
	return e.lab.observe(ctx, observation{
		what: awaited, from: peer.place, at: e.place, to: e.Addr(), observer: e.String(), wanted: wanted,
		during: during,
	})
}

// An observation is what an observer waits for while something happens.
type observation struct {
	what     string         // that is awaited, in words
	from, at place          // the ends of the path that the controls take
	to       netip.AddrPort // that the observer is; zero: any port of its host
	passes   bool           // what is wanted is the stimulus on the other side of the NAT
	observer string
	wanted   func(Arrival) bool
	genuine  sender               // who must be seen as the sender of what is wanted
	unlike   func(Arrival) string // how something differs from what is wanted; nil: nothing is known
	during   func()
	unnoted  bool   // who observes says what was heard
	damaged  bool   // it is heard with a wrong checksum, too
	beside   string // the inside host of the controls; empty: that of the path
}

// observe lets something happen between two controls and waits at the observer.
func (l *Lab) observe(ctx context.Context, o observation) Heard {
	ginkgo.GinkgoHelper()
	pairs := l.controlPairs(o.from, o.at)
	if o.beside != "" {
		for i := range pairs {
			pairs[i].inside = named(o.beside)
		}
	}
	l.controls(ctx, pairs, "before")
	h := l.host(o.at)
	mark, idle := len(h.inbox), l.idle
	o.during()
	l.controls(ctx, pairs, "after")
	_, grace := l.world.patience()
	arrival, err := h.listen(ctx, mark, grace, o.wanted)
	if err != nil {
		l.breaks("receiving at "+o.at.name, err)
	}
	if i := slices.IndexFunc(h.inbox[mark:], o.wanted); arrival == nil && o.damaged && i >= 0 {
		arrival = &h.inbox[mark+i]
	}
	if arrival == nil {
		l.doubt.silent = true
	}
	heard := Heard{
		Arrival: arrival, what: o.what, observer: o.observer, unlike: o.unlike, lab: l, sent: l.sent,
		at: o.at, to: o.to, genuine: o.genuine, passes: o.passes, late: l.idle > idle && !o.passes,
	}
	if !heard.to.IsValid() {
		heard.to = netip.AddrPortFrom(l.addr(o.at), 0)
	}
	if arrival != nil && o.genuine.belied(arrival.Source) {
		heard.belied = o.genuine.String()
	}
	for _, a := range h.inbox[mark:] {
		if !a.control() {
			heard.Meanwhile = append(heard.Meanwhile, a)
		}
	}
	if !o.unnoted {
		l.Note(heard.String())
	}
	l.last = heard
	return heard
}

// put sends a stimulus. Who would send it again takes it off those sent once. It is
// marked as a helper where it fails: a mark walks the stack, and this is every packet.
func (l *Lab) put(ctx context.Context, s Stimulus) {
	if p, ok := s.(*Packet); ok {
		p.leaves()
	}
	packets, err := s.packets()
	if err != nil {
		ginkgo.GinkgoHelper()
		l.breaks("spec: "+s.String(), err)
	}
	for _, data := range packets {
		if err := l.send(ctx, s.sender(), data); err != nil {
			ginkgo.GinkgoHelper()
			l.breaks("sending "+s.String(), err)
		}
	}
	if len(packets) > 0 && !parse(packets[0], time.Time{}).control() {
		l.sent = lastSent{s.String(), s.sender(), packets}
	}
	l.doubt.once += len(packets)
}

// send sends one IP packet on the wire of a host. Where nobody on the link has the address that
// it is for, no host could send it, and what becomes of it says nothing of translation.
func (l *Lab) send(ctx context.Context, from place, data []byte) error {
	if l.sends++; l.sends%floodBurst == 0 {
		l.world.keepUp()
	}
	err := l.host(from).port.Send(ctx, data)
	if errors.Is(err, topology.ErrUnanswered) {
		ginkgo.GinkgoHelper()
		l.alive()
		l.Inconclusive(fmt.Sprintf("%s cannot be sent to by %s: nobody on the link answers for it (rfc3022.proxy-arp)",
			nameOf(netip.AddrPortFrom(parse(data, time.Time{}).Destination.Addr(), 0)), from.name))
	}
	return err
}

// Sends sends a stimulus and does not look what becomes of it.
func (l *Lab) Sends(ctx context.Context, s Stimulus) {
	ginkgo.GinkgoHelper()
	l.put(ctx, s)
}
