package lab

import (
	"context"
	"fmt"
	"slices"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology/packet"
)

// Answered has the outside of each flow answer, many at a time, and of TCP the inside
// end the handshake. It returns the flows in which that was heard, and what was heard
// by another host than that of its flow.
func (l *Lab) Answered(ctx context.Context, flows ...*Flow) (held []*Flow, astray Lost) {
	ginkgo.GinkgoHelper()
	for burst := range slices.Chunk(flows, floodBurst) {
		known := map[string]*Flow{} // by the keys of what was sent in it
		marks := map[string]int{}
		for node, h := range l.hosts {
			marks[node] = len(h.inbox)
		}
		heard := l.through(ctx, burst, func(f *Flow) leg {
			return leg{at: f.X, next: func() *Packet { return f.Y.To(f.Mapping).known(known, f) }}
		})
		for node, h := range l.hosts {
			astray = append(astray, strayed(h.inbox[marks[node]:], known, heard)...)
		}
		if len(heard) > 0 && heard[0].X.protocol == packet.TCP {
			heard = l.through(ctx, heard, func(f *Flow) leg { return leg{from: f.X, at: f.Y, next: f.acknowledges} })
		}
		held = append(held, heard...)
	}
	l.Note(fmt.Sprintf("of %d flows, %d are answered", len(flows), len(held)))
	return held, astray
}

// known settles the header of a packet that is about to be sent, and notes by what it
// will be known.
func (p *Packet) known(in map[string]*Flow, f *Flow) *Packet {
	p.leaves()
	for _, key := range p.keys() {
		in[key] = f
	}
	return p
}

// strayed says which arrivals are of a flow of another host, which has not heard them:
// a copy is another requirement's matter.
func strayed(arrivals []Arrival, known map[string]*Flow, heard []*Flow) Lost {
	var astray Lost
	for _, a := range arrivals {
		for _, key := range a.keys() {
			f := known[key]
			if f != nil && !slices.Contains(heard, f) && a.Source == f.Y.Addr() && a.Destination != f.X.Addr() {
				astray = append(astray, fmt.Sprintf("what %s sends to %s, where it sees %s, comes to %s",
					f.Y, f.Mapping, f.X, nameOf(a.Destination)))
			}
		}
	}
	return slices.Compact(astray)
}

// PremiseApart ends the spec as inconclusive when two internal endpoints among sightings
// are seen as one by one peer, for a reason that another requirement judges.
func (l *Lab) PremiseApart(seen Sightings, reason string) {
	ginkgo.GinkgoHelper()
	apart := ShareNoEndpoint()
	if ok, err := apart.Match(seen); !ok || err != nil {
		l.Inconclusive(reason + "; " + apart.FailureMessage(seen))
	}
}

// PremiseCount ends the spec as inconclusive when there are fewer flows than it is
// about, for a reason that another requirement judges.
func (l *Lab) PremiseCount(flows []*Flow, want int, reason string) {
	ginkgo.GinkgoHelper()
	if len(flows) < want {
		l.Inconclusive(fmt.Sprintf("of %d flows, %d are answered: %s", want, len(flows), reason))
	}
}
