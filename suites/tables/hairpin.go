package tables

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// Hairpin declares the specs of hairpinning: that a host inside is reached, and the
// source that it sees. The filter of the receiving mapping is opened first, by a
// packet of its own to the sender's mapping, so that a strict filter does not look
// like missing hairpinning.
func Hairpin(lab *Lab, at At, reached, source string) {
	hairpinned(lab, at, reached,
		Entry("by another host", "X:47000", "X2:47001"),
		Entry("by another port of the same host", "X:47002", "X:47003"),
	)

	It("a hairpinned packet comes from the sender's external endpoint",
		Requirement(source), func(ctx SpecContext) {
			x1, x2 := at(lab, "X:47100"), at(lab, "X2:47101")
			external1, external2 := x1.SeenBy(ctx, at(lab, "Y1:7")), x2.SeenBy(ctx, at(lab, "Y1:7"))
			x2.Sends(ctx, external1)

			By("X:47100 sends to the mapping of X2:47101")
			heard := x2.Hears(ctx, x1.To(external2))
			lab.Premise(heard, "no packet is hairpinned ("+reached+"), so none has a source")
			Expect(heard).To(BeHeardFrom(external1))
		})
}

// HairpinToItself declares the spec that an endpoint reaches itself. Over TCP that is a
// simultaneous open with itself.
func HairpinToItself(lab *Lab, at At, reached string) {
	hairpinned(lab, at, reached, Entry("by itself", "X:47004", "X:47004"))
}

func hairpinned(lab *Lab, at At, reached string, ends ...TableEntry) {
	DescribeTable("an inside host is reached at its external endpoint,", Requirement(reached),
		func(ctx SpecContext, sender, receiver string) {
			x1, x2 := at(lab, sender), at(lab, receiver)
			external1, external2 := x1.SeenBy(ctx, at(lab, "Y1:7")), x2.SeenBy(ctx, at(lab, "Y1:7"))

			By(receiver + " sends to the mapping of " + sender + ", which opens its own filter")
			x2.Sends(ctx, external1)
			By(sender + " sends to the mapping of " + receiver)
			Expect(x2.Hears(ctx, x1.To(external2))).To(BeHeard())
		},
		ends,
	)
}

// inward is the external endpoint that HairpinPolicy forwards to X2:53.
func inward() netip.AddrPort { return netip.AddrPortFrom(Pool()[0], 8053) }

// HairpinPolicy is a port forward that serves the inside as well.
func HairpinPolicy(protocol string) Policy {
	return Policy{
		Hairpin:  true,
		Forwards: []Forward{{Protocol: protocol, External: inward(), Inside: netip.AddrPortFrom(Addr("X2"), 53)}},
	}
}

// HairpinOfForward declares the specs of hairpinning by a mapping that the
// administrator made, in a lab with HairpinPolicy.
func HairpinOfForward(lab *Lab, at At, reached, source string) {
	It("an inside host reaches the forwarded port at its external endpoint",
		Requirement(reached), func(ctx SpecContext) {
			x, server := at(lab, "X:47200"), at(lab, "X2:53")

			By("X:47200 sends to the external endpoint that is forwarded to X2:53")
			Expect(server.Hears(ctx, x.To(inward()))).To(BeHeard())
		})

	It("the server sees the sender's external endpoint", Requirement(source), func(ctx SpecContext) {
		x, server := at(lab, "X:47210"), at(lab, "X2:53")
		x1 := x.SeenBy(ctx, at(lab, "Y1:7"))

		By("X:47210 sends to the external endpoint that is forwarded to X2:53")
		heard := server.Hears(ctx, x.To(inward()))
		lab.Premise(heard, "the forward does not serve the inside ("+reached+"), so there is no source")
		Expect(heard).To(BeHeardFrom(x1))
	})

	It("the sender sees the answer come from the endpoint that it has sent to",
		Requirement(source), func(ctx SpecContext) {
			x, server := at(lab, "X:47220"), at(lab, "X2:53")
			asked := server.Hears(ctx, x.To(inward()))
			lab.Premise(asked, "the forward does not serve the inside ("+reached+"), so there is no answer")

			By("X2:53 answers whom it has seen")
			heard := x.Hears(ctx, server.To(asked.Source()))
			Expect(heard).To(BeHeardFrom(inward()))
		})
}
