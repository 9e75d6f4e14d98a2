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
	)
})
