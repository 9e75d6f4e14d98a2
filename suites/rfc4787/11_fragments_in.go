package rfc4787

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

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
	It("a flood of incomplete packets does not keep fragments in order from getting through",
		Requirement("rfc4787.req-14a"), func(ctx SpecContext) {
			x, y := lab.UDP("X:49400"), lab.UDP("Y1:7")
			x1 := x.SeenBy(ctx, y)

			By("Y2 sends 8000 first fragments of datagrams whose rest never comes")
			lab.UDP("Y2:9").Floods(ctx, x1, 8000)
			By("Y1:y1 sends a datagram of 2000 bytes in two fragments, in order")
			Expect(x.Hears(ctx, y.To(x1).Size(2000).InFragments(1480))).To(BeHeardFrom(y.Addr()))
		})
})
