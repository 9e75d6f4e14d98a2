package rfc5508

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 5508, Section 4.1. X2 takes X's port first, so that the mapping differs from
// X's endpoint in its port as well.
var _ = Describe("RFC 5508 4.1, validation of what an error quotes:", func() {
	lab := NewLab(Setup{})

	DescribeTable("the transport header is found behind IP options,", Requirement("rfc5508.req-3b"),
		func(ctx SpecContext, over protocol, size int) {
			x, y := over(lab, "X:48400"), over(lab, "Y1:7")
			over(lab, "X2:48400").SeenBy(ctx, y)
			sent := x.To(y.Addr())
			arrived := x.Sent(ctx, sent, y)
			options := make([]byte, size)
			for i := range size {
				options[i] = 1 // no operation
			}

			By("Y1 sends Port Unreachable, whose quote has IP options")
			unreachable := lab.ICMPError("Y1", 3, 3, 0, arrived).WithOptions(options).OfAnyKind()
			Expect(x.Hears(ctx, unreachable)).To(QuoteEndsOf(sent))
		},
		Entry("4 bytes of them", udp, 4),
		Entry("40 bytes of them", udp, 40),
		Entry("40 bytes of them, about TCP", tcp, 40),
		Entry("40 bytes of them, about a query", echo, 40),
	)

	DescribeTable("a wrong transport checksum in the quote does not keep the error out,",
		Requirement("rfc5508.req-3c"), func(ctx SpecContext, over protocol) {
			x := over(lab, "X:48500")
			arrived := x.ArrivesAt(ctx, over(lab, "Y1:7"))

			By("Y1 sends Port Unreachable about a packet that was damaged on its way")
			Expect(x.Hears(ctx, lab.ICMPError("Y1", 3, 3, 0, arrived).WithWrongChecksum().OfAnyKind())).To(BeHeard())
		},
		Entry("of UDP", udp),
		Entry("of TCP", tcp),
		Entry("of a query", echo),
	)

	It("an error from outside with a wrong checksum is dropped", Requirement("rfc5508.req-3"), func(ctx SpecContext) {
		x := lab.UDP("X:48510")
		arrived := x.ArrivesAt(ctx, lab.UDP("Y1:7"))
		lab.Premise(x.Hears(ctx, lab.ICMPError("Y1", 3, 3, 0, arrived).Anyhow()), notRelayed)

		By("Y1 sends Port Unreachable once more, damaged")
		Expect(x.Hears(ctx, lab.ICMPError("Y1", 3, 3, 0, arrived).Anyhow().Damaged())).NotTo(BeHeard())
	})

	It("an error from inside with a wrong checksum is dropped", Requirement("rfc5508.req-3"), func(ctx SpecContext) {
		y, arrived := received(ctx, lab, udp, 48520)
		lab.Premise(y.Hears(ctx, lab.ICMPError("X", 3, 3, 0, arrived).Anyhow()), notRelayedOut)

		By("X sends Port Unreachable once more, damaged")
		Expect(y.Hears(ctx, lab.ICMPError("X", 3, 3, 0, arrived).Anyhow().Damaged())).NotTo(BeHeard())
	})

	It("an error from outside that quotes a wrong IP header checksum is dropped", Requirement("rfc5508.req-3a"),
		func(ctx SpecContext) {
			x := lab.UDP("X:48530")
			arrived := x.ArrivesAt(ctx, lab.UDP("Y1:7"))
			lab.Premise(x.Hears(ctx, lab.ICMPError("Y1", 3, 3, 0, arrived).Anyhow()), notRelayed)

			By("Y1 sends Port Unreachable once more, about a header that nobody would have taken")
			wrong := lab.ICMPError("Y1", 3, 3, 0, arrived).WithWrongHeader().Anyhow()
			Expect(x.Hears(ctx, wrong)).NotTo(BeHeard())
		})

	It("an error from inside that quotes a wrong IP header checksum is dropped", Requirement("rfc5508.req-3a"),
		func(ctx SpecContext) {
			y, arrived := received(ctx, lab, udp, 48540)
			lab.Premise(y.Hears(ctx, lab.ICMPError("X", 3, 3, 0, arrived).Anyhow()), notRelayedOut)

			By("X sends Port Unreachable once more, about a header that nobody would have taken")
			wrong := lab.ICMPError("X", 3, 3, 0, arrived).WithWrongHeader().Anyhow()
			Expect(y.Hears(ctx, wrong)).NotTo(BeHeard())
		})

	// The quote is whole, and shorter than 128 bytes, so that zeros follow it and then the
	// extension, which belong to no checksum but the error's own. One of a query would not show it: the
	// sum of an extension is nothing, and that of ICMP has no length in it.
	DescribeTable("zeros and extensions behind the quote are no part of it,", Requirement("rfc5508.req-3d"),
		func(ctx SpecContext, over protocol) {
			x, y := over(lab, "X:48570"), over(lab, "Y1:7")
			over(lab, "X2:48570").SeenBy(ctx, y)
			sent := x.To(y.Addr())
			arrived := x.Sent(ctx, sent, y)

			By("Y1 sends Time Exceeded with the labels of its path behind the quote")
			heard := x.Hears(ctx, lab.ICMPError("Y1", 11, 0, 0, arrived).WithExtensions().OfAnyKind())
			lab.Premise(heard, notRelayed)
			Expect(heard).To(Quote(sent))
			Expect(heard.Behind()).To(Be(LabelStack()), "the extension must be as it was sent")
		},
		Entry("of a datagram", udp),
		Entry("of a segment", tcp),
	)
})
