package rfc5508

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 5508, Section 5. Filters are opened first, as for hairpinning itself.
var _ = Describe("RFC 5508 5, an ICMP error about a hairpinned packet:", func() {
	lab := NewLab(Setup{})

	It("comes back to the host that sent the packet, and is about it",
		Requirement("rfc5508.req-7-error"), func(ctx SpecContext) {
			x1, x2 := lab.UDP("X:47300"), lab.UDP("X2:47301")
			external1, external2 := x1.SeenBy(ctx, lab.UDP("Y1:7")), x2.SeenBy(ctx, lab.UDP("Y1:7"))
			x2.Sends(ctx, external1)
			sent := x1.To(external2)
			turned := x2.Hears(ctx, sent)
			lab.Premise(turned, "no packet is hairpinned (rfc4787.req-9), so there is none to complain of")
			lab.PremiseFrom(turned, external1, "the hairpinned packet does not come from the NAT (rfc4787.req-9a)")

			By("X2 sends Port Unreachable about the packet from X:47300")
			err := lab.ICMPError("X2", 3, 3, 0, *turned.Arrival).About(external2).OfAnyKind()
			Expect(x1.Hears(ctx, err)).To(QuoteEndsOf(sent))
		})
})
