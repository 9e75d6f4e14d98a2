package lab

import (
	"context"
	"net/netip"

	ginkgo "github.com/onsi/ginkgo/v2"
)

// floodBurst is how many packets are sent between two round trips, so that no
// queue on the way overflows and the NAT gets to see them all.
const floodBurst = 100

// Floods sends first fragments of n datagrams, whose other fragments never come.
func (e *Endpoint) Floods(ctx context.Context, to netip.AddrPort, n int) {
	ginkgo.GinkgoHelper()
	pairs := e.lab.controlPairs(e.place, named("X"))
	for i := range n {
		if i%floodBurst == 0 {
			e.lab.controls(ctx, pairs, "during")
		}
		once := e.lab.doubt.once
		e.lab.put(ctx, e.To(to).Size(60).InFragments(24, 0))
		e.lab.doubt.once = once // any of them may be lost
	}
}
