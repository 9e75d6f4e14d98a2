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
			By("X2:47101 sends to the mapping of X:47100, which opens its own filter")
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

// HairpinGoesOn declares the spec that hairpinning does not wear out.
func HairpinGoesOn(lab *Lab, at At, reached string) {
	It("two inside hosts send each other thirty packets", Requirement(reached), func(ctx SpecContext) {
		x1, x2 := at(lab, "X:47400"), at(lab, "X2:47401")
		external1, external2 := x1.SeenBy(ctx, at(lab, "Y1:7")), x2.SeenBy(ctx, at(lab, "Y1:7"))
		By("X2:47401 sends to the mapping of X:47400, which opens its own filter, and X:47400 to that of X2:47401")
		x2.Sends(ctx, external1)
		lab.Premise(x2.Hears(ctx, x1.To(external2)), "no packet is hairpinned, which another spec judges")

		By("X:47400 and X2:47401 send to each other's mapping, thirty times")
		flows := repeated(30, lab.Between(x2, x1, external2), lab.Between(x1, x2, external1))
		Expect(len(lab.StillOpen(ctx, flows...))).To(Be(len(flows)), "each packet must arrive")
	})
}

// repeated has each flow n times, in turn.
func repeated(n int, flows ...*Flow) []*Flow {
	var all []*Flow
	for range n {
		all = append(all, flows...)
	}
	return all
}

// HairpinOfAddresses declares the spec that hairpinning is by every external address, in a lab
// with SourcesPolicy.
func HairpinOfAddresses(lab *Lab, at At, reached string) {
	DescribeTable("hosts with external addresses of their own reach each other,", Requirement(reached),
		func(ctx SpecContext, sender, receiver string) {
			x1, x2 := at(lab, sender), at(lab, receiver)
			external1, external2 := x1.SeenBy(ctx, at(lab, "Y1:7")), x2.SeenBy(ctx, at(lab, "Y1:7"))
			By(receiver + " sends to the mapping of " + sender + ", which opens its own filter")
			x2.Sends(ctx, external1)
			By(sender + " sends to the mapping of " + receiver)
			Expect(x2.Hears(ctx, x1.To(external2))).To(BeHeard())
		},
		Entry("the one with the first", "X2:47500", "X:47501"), Entry("the one with the second", "X:47502", "X2:47503"),
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

	It("the server reaches its own forward at the external endpoint", Requirement(reached), func(ctx SpecContext) {
		x, server := at(lab, "X2:47230"), at(lab, "X2:53")

		By("X2:47230 sends to the external endpoint that is forwarded to X2:53")
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

			By("X:47220 sends to the external endpoint that is forwarded to X2:53")
			asked := server.Hears(ctx, x.To(inward()))
			lab.Premise(asked, "the forward does not serve the inside ("+reached+"), so there is no answer")

			By("X2:53 answers whom it has seen")
			heard := x.Hears(ctx, server.To(asked.Source()))
			Expect(heard).To(BeHeardFrom(inward()))
		})
}

// elsewhere is the external endpoint that HairpinElsewherePolicy forwards to X2:53.
func elsewhere() netip.AddrPort { return netip.AddrPortFrom(Pool()[1], 8053) }

// HairpinElsewherePolicy is HairpinPolicy at another address than the NAT's own.
func HairpinElsewherePolicy(protocol string) Policy {
	policy := HairpinPolicy(protocol)
	policy.Forwards[0].External = elsewhere()
	return policy
}

// HairpinOfForwardElsewhere declares the spec of hairpinning by a forward of another address,
// in a lab with HairpinElsewherePolicy.
func HairpinOfForwardElsewhere(lab *Lab, at At, reached string) {
	It("an inside host reaches the forwarded port of another external address, and is answered",
		Requirement(reached), func(ctx SpecContext) {
			x, server := at(lab, "X:47240"), at(lab, "X2:53")

			By("X:47240 sends to the external endpoint that is forwarded to X2:53, which answers")
			asked := server.Hears(ctx, x.To(elsewhere()))
			Expect(asked).To(BeHeard())
			Expect(x.Hears(ctx, server.To(asked.Source()))).To(BeHeard())
		})
}

// HairpinPairsPolicy is PairsPolicy that serves the inside as well.
func HairpinPairsPolicy() Policy {
	policy := PairsPolicy()
	policy.Hairpin = true
	return policy
}

// HairpinOfPairs declares the specs of hairpinning by pairs, in a lab with
// HairpinPairsPolicy. The controls are X3's, which has no pair.
func HairpinOfPairs(lab *Lab, at At, reached, source string) {
	outside := func(i int, port uint16) netip.AddrPort {
		return netip.AddrPortFrom(PairsPolicy().Static[i].External, port)
	}
	DescribeTable("a host is reached at its registered address from inside,", Requirement(reached),
		func(ctx SpecContext, sender string) {
			x2 := at(lab, "X2:5353")

			By("Y1:7 sends to port 5353 of the registered address of X2")
			lab.Premise(x2.HearsBeside(ctx, "X3", at(lab, "Y1:7").To(outside(1, 5353))),
				"the pair carries nothing (rfc3022.basic-static)")

			By(sender + " sends to port 5353 of the registered address of X2")
			Expect(x2.HearsBeside(ctx, "X3", at(lab, sender).To(outside(1, 5353)))).To(BeHeard())
		},
		Entry("by a host that has one", "X:47600"), Entry("by one that has none", "X3:47601"),
		Entry("by itself", "X2:47602"),
	)

	It("two hosts see each other at their registered addresses", Requirement(source), func(ctx SpecContext) {
		x, x2 := at(lab, "X:47610"), at(lab, "X2:5353")

		By("X:47610 sends to port 5353 of the registered address of X2, which answers")
		asked := x2.HearsBeside(ctx, "X3", x.To(outside(1, 5353)))
		lab.Premise(asked, "the pair does not serve the inside ("+reached+"), so there is no source")
		Expect(asked).To(BeHeardFrom(outside(0, 47610)))
		Expect(x.HearsBeside(ctx, "X3", x2.To(asked.Source()))).To(BeHeardFrom(outside(1, 5353)))
	})
}
