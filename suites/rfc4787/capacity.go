package rfc4787

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// No clause says how much a NAT holds. One that ends a flow to make room for
// another keeps no promise on lifetimes, though, so the first flow has to live on.
// The figure at which it does not is reported beyond what is judged, too.
var _ = Describe("Capacity:", func() {
	const judged, tried = 1000, 10_000
	lab := NewLab(Setup{})

	It("the first of 1,000 flows lives on", Requirement("practice.capacity"), func(ctx SpecContext) {
		By("X:9000 and Y1:7 exchange packets; X, X2 and X3 open ever more flows, and Y1:7 sends to the first again")
		y, hosts := lab.UDP("Y1:7"), []*Endpoint{lab.UDP("X:1"), lab.UDP("X2:1"), lab.UDP("X3:1")}
		flow := lab.Open(ctx, lab.UDP("X:9000"), y, true)
		capacity := lab.Capacity(ctx, flow, tried, "flows of as many endpoints", func(i int) Session {
			return Session{X: hosts[i%3].Sibling(uint16(10_000 + i)), Y: y}
		})
		Expect(capacity).To(HoldAtLeast(judged))
	})

	It("the first of 1,000 peers of one endpoint can still answer", Requirement("practice.capacity-peers"),
		func(ctx SpecContext) {
			By("X:9000 and Y1:7 exchange packets; X:9000 sends to ever more peers, and Y1:7 sends to it again")
			x := lab.UDP("X:9000")
			peers := []*Endpoint{lab.UDP("Y1:1"), lab.UDP("Y2:1"), lab.UDP("Y3:1"), lab.UDP("Y4:1")}
			flow := lab.Open(ctx, x, lab.UDP("Y1:7"), true)
			capacity := lab.Capacity(ctx, flow, tried, "peers of one endpoint", func(i int) Session {
				return Session{X: x, Y: peers[i%4].Sibling(uint16(10_000 + i))}
			})
			Expect(capacity).To(HoldAtLeast(judged))
		})
})
