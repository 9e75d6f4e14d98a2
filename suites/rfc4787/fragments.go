package rfc4787

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites"
)

// RFC 4787, Section 10. The adjacent outside link takes 1000 bytes.
var _ = Describe("RFC 4787 10, fragmentation of outgoing packets:", func() {
	const mtu = 1000
	lab := NewLab(Setup{OutsideMTU: mtu})

	It("a packet with DF=1 that is too big is answered with Fragmentation Needed", Requirement("rfc4787.req-13"), func(ctx SpecContext) {
		x, y := lab.UDP("X:49000"), lab.UDP("Y1:7")
		x.SeenBy(ctx, y)

		By("X:x sends a packet of 1400 bytes with DF=1")
		heard := x.HearsTooBig(ctx, x.To(y.Addr()).Size(1400).DontFragment())
		Expect(heard).To(BeHeard())
		Expect(heard.Arrival.ICMP.Quote.Source).To(Equal(x.Addr()), "the quote must be what X:x sent")
		Expect(heard.Arrival.ICMP.MTU).To(Equal(mtu), "the next-hop MTU must be the outside link's")

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
			Expect(heard.Fragments()).To(HaveEach(HaveField("Length", BeNumerically("<=", mtu-20))), "every fragment must fit the link")
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
		Expect(heard.Offsets()).To(Equal(heard.SortedOffsets()))
	})
})

// RFC 4787, Section 11. Fragments may come out as fragments or reassembled.
var _ = Describe("RFC 4787 11, receiving fragmented packets:", func() {
	lab := NewLab(Setup{})

	DescribeTable("fragments are translated", Requirement("rfc4787.req-14"),
		func(ctx SpecContext, outbound bool, order ...int) {
			x, y := lab.UDP("X:49300"), lab.UDP("Y1:7")
			x1 := x.SeenBy(ctx, y)
			if outbound {
				By("X:x sends a datagram of 4000 bytes in three fragments")
				Expect(y.Hears(ctx, x.To(y.Addr()).Size(4000).InFragments(1480, order...))).To(BeHeardFrom(x1))
				return
			}
			By("Y1:y1 sends a datagram of 4000 bytes in three fragments")
			Expect(x.Hears(ctx, y.To(x1).Size(4000).InFragments(1480, order...))).To(BeHeardFrom(y.Addr()))
		},
		Entry("inbound, in order", false, 0, 1, 2),
		Entry("inbound, reversed", false, 2, 1, 0),
		Entry("inbound, header last", false, 1, 2, 0),
		Entry("outbound, in order", true, 0, 1, 2),
		Entry("outbound, reversed", true, 2, 1, 0),
		Entry("outbound, header last", true, 1, 2, 0),
	)

	// The flood is first fragments that are never completed, from a host that has
	// nothing to do with the flow: more than fit the memory that hosts and routers
	// commonly keep for fragments, a few megabytes.
	It("a flood of incomplete packets does not keep fragments in order from getting through", Requirement("rfc4787.req-14a"), func(ctx SpecContext) {
		x, y := lab.UDP("X:49400"), lab.UDP("Y1:7")
		x1 := x.SeenBy(ctx, y)

		By("Y2 sends 8000 first fragments of datagrams whose rest never comes")
		lab.UDP("Y2:9").Floods(ctx, x1, 8000)
		By("Y1:y1 sends a datagram of 2000 bytes in two fragments, in order")
		Expect(x.Hears(ctx, y.To(x1).Size(2000).InFragments(1480))).To(BeHeardFrom(y.Addr()))
	})
})
