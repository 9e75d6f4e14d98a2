package rfc4787

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 4787, Section 6. The filter of the receiving mapping is opened first, by a
// packet of its own to the sender's mapping, so that a strict filter does not
// look like missing hairpinning.
var _ = Describe("RFC 4787 6, hairpinning:", func() {
	lab := NewLab(Setup{})

	DescribeTable("an inside host is reached at its external endpoint,", Requirement("rfc4787.req-9"),
		func(ctx SpecContext, sender, receiver string) {
			x1, x2 := lab.UDP(sender), lab.UDP(receiver)
			external1, external2 := x1.SeenBy(ctx, lab.UDP("Y1:7")), x2.SeenBy(ctx, lab.UDP("Y1:7"))

			By(receiver + " sends to the mapping of " + sender + ", which opens its own filter")
			x2.Sends(ctx, external1)
			By(sender + " sends to the mapping of " + receiver)
			Expect(x2.Hears(ctx, x1.To(external2))).To(BeHeard())
		},
		Entry("by another host", "X:47000", "X2:47001"),
		Entry("by another port of the same host", "X:47002", "X:47003"),
		Entry("by itself", "X:47004", "X:47004"),
	)

	It("a hairpinned packet comes from the sender's external endpoint",
		Requirement("rfc4787.req-9a"), func(ctx SpecContext) {
			x1, x2 := lab.UDP("X:47100"), lab.UDP("X2:47101")
			external1, external2 := x1.SeenBy(ctx, lab.UDP("Y1:7")), x2.SeenBy(ctx, lab.UDP("Y1:7"))
			x2.Sends(ctx, external1)

			By("X:47100 sends to the mapping of X2:47101")
			heard := x2.Hears(ctx, x1.To(external2))
			lab.Premise(heard, "no packet is hairpinned (rfc4787.req-9), so none has a source")
			Expect(heard).To(BeHeardFrom(external1))
		})
})

// RFC 4787, Section 6, for a mapping that the administrator made.
var _ = Describe("RFC 4787 6, hairpinning of a port forward:", func() {
	public := netip.AddrPortFrom(Pool()[0], 8053)
	lab := NewLab(Setup{Policy: Policy{
		Hairpin:  true,
		Forwards: []Forward{{Protocol: "udp", External: public, Inside: netip.AddrPortFrom(Addr("X2"), 53)}},
	}})

	It("an inside host reaches the forwarded port at its external endpoint",
		Requirement("rfc4787.req-9"), func(ctx SpecContext) {
			x, server := lab.UDP("X:47200"), lab.UDP("X2:53")

			By("X:47200 sends to the external endpoint that is forwarded to X2:53")
			Expect(server.Hears(ctx, x.To(public))).To(BeHeard())
		})

	It("the server sees the sender's external endpoint", Requirement("rfc4787.req-9a"), func(ctx SpecContext) {
		x, server := lab.UDP("X:47210"), lab.UDP("X2:53")
		x1 := x.SeenBy(ctx, lab.UDP("Y1:7"))

		By("X:47210 sends to the external endpoint that is forwarded to X2:53")
		heard := server.Hears(ctx, x.To(public))
		lab.Premise(heard, "the forward does not serve the inside (rfc4787.req-9), so there is no source")
		Expect(heard).To(BeHeardFrom(x1))
	})

	It("the sender sees the answer come from the endpoint that it has sent to",
		Requirement("rfc4787.req-9a"), func(ctx SpecContext) {
			x, server := lab.UDP("X:47220"), lab.UDP("X2:53")
			asked := server.Hears(ctx, x.To(public))
			lab.Premise(asked, "the forward does not serve the inside (rfc4787.req-9), so there is no answer")

			By("X2:53 answers whom it has seen")
			heard := x.Hears(ctx, server.To(asked.Source()))
			Expect(heard).To(BeHeardFrom(public))
		})
})
