package rfc4787

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 4787, Section 10. The adjacent outside link takes 1000 bytes.
var _ = Describe("RFC 4787 10, fragmentation of outgoing packets:", func() {
	const mtu = 1000
	lab := NewLab(Setup{OutsideMTU: mtu})

	It("a packet with DF=1 that is too big is answered with Fragmentation Needed",
		Requirement("rfc4787.req-13"), func(ctx SpecContext) {
			x, y := lab.UDP("X:49000"), lab.UDP("Y1:7")
			x.SeenBy(ctx, y)

			By("X:x sends a packet of 1400 bytes with DF=1")
			heard := x.HearsTooBig(ctx, x.To(y.Addr()).Size(1400).DontFragment())
			Expect(heard).To(BeHeard())
			Expect(heard.Arrival.ICMP.Quote.Source).To(Be(x.Addr()), "the quote must be what X:x sent")
			Expect(heard.Arrival.MTU()).To(Be(mtu), "the next-hop MTU must be the outside link's")

			By("X:x sends a packet of just that size with DF=1")
			Expect(y.Hears(ctx, x.To(y.Addr()).Size(mtu).DontFragment())).To(BeHeard())
		})

	DescribeTable("a packet with DF=0 that is too big is fragmented,", Requirement("rfc4787.req-13a"),
		func(ctx SpecContext, size, fragment int) {
			x, y := lab.UDP("X:49100"), lab.UDP("Y1:7")
			x1 := x.SeenBy(ctx, y)

			By("X:x sends the packet with DF=0")
			heard := y.Hears(ctx, x.To(y.Addr()).Size(size).InFragments(fragment))
			Expect(heard).To(BeHeardFrom(x1))
			Expect(heard).To(Fit(mtu-20), "every fragment must fit the link")
		},
		Entry("1400 bytes in one packet", 1400, 0),
		Entry("2800 bytes in two fragments", 2800, 1480),
	)

	It("the fragments are sent in order", Requirement("rfc4787.req-13a-order"), func(ctx SpecContext) {
		x, y := lab.UDP("X:49200"), lab.UDP("Y1:7")
		x.SeenBy(ctx, y)

		By("X:x sends a packet of 2800 bytes with DF=0")
		heard := y.Hears(ctx, x.To(y.Addr()).Size(2800).InFragments(1480))
		lab.Premise(heard, "nothing is fragmented (rfc4787.req-13a), so there is no order")
		Expect(heard).To(BeInOrder())
	})
})
