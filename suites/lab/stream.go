package lab

import (
	"context"
	"fmt"

	ginkgo "github.com/onsi/ginkgo/v2"
)

// streamed is how many bytes a segment of a stream carries: so few that a thousand
// of them are in window.
const streamed = 20

// Streams sends n segments each way, of which every fourth overtakes the one before
// it, and returns those that were not heard, if there are more than the loss of the
// controls explains.
func (f *Flow) Streams(ctx context.Context, n int) Lost {
	ginkgo.GinkgoHelper()
	return append(f.streams(ctx, n, f.X, f.Y), f.streams(ctx, n, f.Y, f.X)...)
}

func (f *Flow) streams(ctx context.Context, n int, from, to *Endpoint) Lost {
	ginkgo.GinkgoHelper()
	var packets []*Packet
	for i := range n {
		numbered := Segment{Flags: new(Data), Payload: fmt.Appendf(nil, "%*d", streamed, i)}
		packets = append(packets, from.Sending(numbered, f))
	}
	missing := map[string]int{}
	all := func(a Arrival) bool {
		delete(missing, string(a.Payload))
		return len(missing) == 0
	}
	from.lab.observe(ctx, observation{
		what: fmt.Sprintf("%d segments of %s", n, from), from: from.place, at: to.place, observer: to.String(),
		wanted: all, during: func() {
			ginkgo.GinkgoHelper()
			from.lab.overtaking(ctx, packets, missing)
		},
	})
	// What is missing is compared with the loss, and no repeat could tell more.
	l := from.lab
	l.doubt.silent = false
	if chance := atLeast(len(missing), n, l.loss.rate()); chance > unlikely {
		if len(missing) > 0 {
			l.Note(fmt.Sprintf("the NAT loses packets: %d of %d segments of %s; %s", len(missing), n, from, l.loss))
		}
		return nil
	}
	return Lost{fmt.Sprintf("%d of %d segments that %s sent to %s", len(missing), n, from, to)}
}

// overtaking sends segments in the order of their numbers but for every fourth, which
// goes before the one before it, and notes what each is known by.
func (l *Lab) overtaking(ctx context.Context, packets []*Packet, missing map[string]int) {
	ginkgo.GinkgoHelper()
	once := l.doubt.once
	for _, p := range packets {
		p.leaves() // numbers are given in this order
		missing[string(p.payload)]++
	}
	for i := 3; i < len(packets); i += 4 {
		packets[i-1], packets[i] = packets[i], packets[i-1]
	}
	for i, p := range packets {
		if i%floodBurst == floodBurst-1 {
			l.controls(ctx, l.controlPairs(p.from.place, packets[0].from.place), during)
		}
		l.put(ctx, p)
	}
	l.doubt.once = once
}
