package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"

	ginkgo "github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega/types"

	"github.com/natproof/natproof/topology/packet"
)

// Numbered is what an endpoint has received of pairs of packets, of which both were sent
// with one ID.
type Numbered struct {
	at       place
	observer string
	arrived  []Arrival // whole ones, and the first fragments of others
}

// HearsNumbered sends pairs of packets, the fragments of each pair in turn, and returns
// what e's host receives. That both of some pair arrive is a control, unless IDs are
// repeated: who has to put such fragments together may well fail.
func (e *Endpoint) HearsNumbered(ctx context.Context, pairs ...[2]*Packet) Numbered {
	ginkgo.GinkgoHelper()
	heard := e.lab.observe(ctx, observation{
		what: "pairs of packets, each with one ID", from: pairs[0][0].from.place, at: e.place, to: e.Addr(),
		observer: e.String(), wanted: func(Arrival) bool { return false }, unnoted: true,
		during: func() {
			ginkgo.GinkgoHelper()
			for _, p := range pairs {
				e.lab.interleave(ctx, p[0], p[1])
			}
		},
	})
	n := Numbered{at: e.place, observer: e.String()}
	for _, a := range heard.Meanwhile {
		if (a.Fragment == nil || a.Fragment.Offset == 0) && a.Protocol == e.protocol && beginsOneOf(a, pairs) {
			n.arrived = append(n.arrived, a)
		}
	}
	e.lab.Note(fmt.Sprintf("%s heard %d packets, and %d IDs twice", e, len(n.arrived), len(n.repeated())))
	e.lab.doubt.silent = false // what is awaited has come, or the spec ends here
	if len(n.repeated()) == 0 && !n.hasPair(e, pairs) {
		e.lab.Inconclusive("control: of no pair of packets with one ID do both arrive; " + heard.instead())
	}
	return n
}

// beginsOneOf tells by its data whether an arrival is one of the packets, or the first
// fragment of one.
func beginsOneOf(a Arrival, pairs [][2]*Packet) bool {
	for _, pair := range pairs {
		for _, p := range pair {
			if bytes.Contains(a.Segment, []byte(title(p.payload))) && !a.IsError() {
				return true
			}
		}
	}
	return false
}

func (n Numbered) hasPair(e *Endpoint, pairs [][2]*Packet) bool {
	has := func(p *Packet) bool {
		wanted := p.heardBy(e)
		for _, a := range n.arrived {
			if a.Fragment == nil && a.Damage == "" && wanted(a) {
				return true
			}
		}
		return false
	}
	for _, p := range pairs {
		if has(p[0]) && has(p[1]) {
			return true
		}
	}
	return false
}

// A numberOf is what an ID has to be unique among, with the ID.
type numberOf struct {
	source, destination netip.Addr
	protocol            packet.Protocol
	id                  uint32
}

// A repeat is two packets with one ID.
type repeat struct{ first, then Arrival }

func (r repeat) String() string {
	return fmt.Sprintf("%d, that from %s and that from %s", r.then.ID, nameOf(r.first.Source), nameOf(r.then.Source))
}

// repeated returns the packets of several endpoints that have one ID, of those that may be
// fragmented.
func (n Numbered) repeated() []repeat {
	first := map[numberOf]Arrival{}
	told := map[numberOf]bool{}
	var all []repeat
	for _, a := range n.arrived {
		if a.DontFragment && a.Fragment == nil {
			continue
		}
		number := numberOf{a.Source.Addr(), a.Destination.Addr(), a.Protocol, a.ID}
		before, known := first[number]
		switch {
		case !known:
			first[number] = a
		case before.Source != a.Source && !told[number]:
			told[number] = true
			all = append(all, repeat{before, a})
		}
	}
	return all
}

// HaveIDsApart succeeds when no two packets that were heard have one ID, source address,
// destination address and protocol, save those that must not be fragmented.
func HaveIDsApart() types.GomegaMatcher { return idsMatcher{} }

type idsMatcher struct{}

func (idsMatcher) Match(actual any) (bool, error) {
	n, ok := actual.(Numbered)
	if !ok {
		return false, fmt.Errorf("the matcher wants a Numbered, not %T", actual)
	}
	if len(n.arrived) == 0 {
		return false, errors.New("nothing has arrived")
	}
	return len(n.repeated()) == 0, nil
}

func (idsMatcher) FailureMessage(actual any) string {
	n, _ := actual.(Numbered)
	repeated := n.repeated()
	miss := missed(fmt.Sprintf(
		"%s has heard packets of two hosts with one ID: %s. Their fragments could be taken for those of one packet. "+
			"Repeated IDs: %d", n.observer, repeated[0], len(repeated)),
		"each packet that may be fragmented has an ID of its own", "two packets have the ID "+repeated[0].String())
	miss.decided = []trace{repeated[0].first.trace(n.at), repeated[0].then.trace(n.at)}
	miss.detail = func(p *Passage) string {
		if p.Fragment != nil {
			return "" // it says its ID already
		}
		return fmt.Sprintf("ID %d", p.ID)
	}
	miss.observed.Stimulus = "packets of two hosts to " + n.observer + ", both with the same ID"
	return miss.tell()
}

func (idsMatcher) NegatedFailureMessage(actual any) string {
	n, _ := actual.(Numbered)
	return fmt.Sprintf("%s should have heard an ID twice", n.observer)
}
