package rfc5508

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

const notHairpinned = "no packet is hairpinned (rfc4787.req-9, rfc5382.req-8), so there is none to complain of"

// RFC 5508, Section 5. Filters are opened first, as for hairpinning itself.
var _ = Describe("RFC 5508 5, an ICMP error about a hairpinned packet:", func() {
	lab := NewLab(Setup{})

	// turned has X2 receive a packet of X's at its external endpoint, and returns X's
	// endpoint, the packet, and the error of a host about it.
	turned := func(ctx SpecContext, over protocol, from string) (*Endpoint, *Packet, *ICMPError) {
		GinkgoHelper()
		x1, x2 := over(lab, "X:47300"), over(lab, "X2:47301")
		external1, external2 := x1.SeenBy(ctx, over(lab, "Y1:7")), x2.SeenBy(ctx, over(lab, "Y1:7"))
		x2.Sends(ctx, external1)
		sent := x1.To(external2)
		heard := x2.Hears(ctx, sent)
		lab.Premise(heard, notHairpinned)
		lab.PremiseFrom(heard, external1, "the hairpinned packet does not come from the NAT (rfc4787.req-9a)")

		By(from + " sends Host Unreachable about the packet from X:47300")
		return x1, sent, lab.ICMPError(from, 3, 1, 0, *heard.Arrival).About(external2).OfAnyKind()
	}

	DescribeTable("it comes back to the host that sent the packet,", Requirement("rfc5508.req-7-error"),
		func(ctx SpecContext, over protocol, from string) {
			x, _, err := turned(ctx, over, from)
			Expect(x.Hears(ctx, err)).To(BeHeard())
		},
		Entry("from the host that received it", udp, "X2"),
		Entry("from a router on the way", udp, "Ri"),
		Entry("about a segment", tcp, "X2"),
	)

	It("is for whom the quoted packet is from, and comes from the NAT", Requirement("rfc5508.req-7a"),
		func(ctx SpecContext) {
			x, sent, err := turned(ctx, udp, "X2")
			heard := x.Hears(ctx, err)
			lab.Premise(heard, "the error does not come back (rfc5508.req-7-error)")
			Expect(heard).To(QuoteEndsOf(sent))
			Expect(heard.Source().Addr()).To(BeOneOf(lab.External...))
		})
})

// RFC 5508, Section 5, for a NAT that maps addresses, "Basic NAT": here X and X2 have one
// each. The controls are X3's, since the hosts with pairs may have no others.
var _ = Describe("RFC 5508 5, ICMP queries between static pairs:", func() {
	pairs := []Pair{{Inside: Addr("X"), External: Pool()[1]}, {Inside: Addr("X2"), External: Pool()[2]}}
	lab := NewLab(Setup{Policy: Policy{Static: pairs, Hairpin: true}})

	It("a host inside is asked at its registered address by another, and replies", Requirement("rfc5508.req-7"),
		func(ctx SpecContext) {
			x, x2 := lab.Echo("X:5100"), lab.Echo("X2:1")

			By("X asks the registered address of X2, and X2 replies")
			asked := x2.HearsBeside(ctx, "X3", x.To(netip.AddrPortFrom(Pool()[2], 0)))
			Expect(asked).To(BeHeardFrom(netip.AddrPortFrom(Pool()[1], 5100)))
			reply := x.HearsBeside(ctx, "X3", x2.To(asked.Source()).Replying())
			Expect(reply).To(BeHeardFrom(netip.AddrPortFrom(Pool()[2], 0)))
		})

	It("a host inside is asked at its registered address from outside, and replies",
		Requirement("rfc7857.s12-query"), func(ctx SpecContext) {
			x2, y := lab.Echo("X2:1"), lab.Echo("Y1:5200")

			By("Y1, to which X2 has never sent, asks its registered address, and X2 replies")
			asked := x2.HearsBeside(ctx, "X3", y.To(netip.AddrPortFrom(Pool()[2], 0)))
			Expect(asked).To(BeHeardFrom(y.Addr()))
			reply := y.HearsBeside(ctx, "X3", x2.To(asked.Source()).Replying())
			Expect(reply).To(BeHeardFrom(netip.AddrPortFrom(Pool()[2], 0)))
		})

	It("an error about the reply to the outside comes in", Requirement("rfc5508.req-4-relay"), func(ctx SpecContext) {
		x2, y := lab.Echo("X2:1"), lab.Echo("Y1:5300")
		asked := x2.HearsBeside(ctx, "X3", y.To(netip.AddrPortFrom(Pool()[2], 0)))
		lab.Premise(asked, "no query comes in (rfc7857.s12-query)")
		reply := y.HearsBeside(ctx, "X3", x2.To(asked.Source()).Replying())
		lab.Premise(reply, "no reply gets out (rfc7857.s12-query)")

		By("Y1 sends Time Exceeded about X2's reply")
		err := lab.ICMPError("Y1", 11, 0, 0, *reply.Arrival).Anyhow()
		Expect(x2.HearsBeside(ctx, "X3", err)).To(BeHeard())
	})

	It("an error about the outside's request gets out", Requirement("rfc5508.req-5a"), func(ctx SpecContext) {
		x2, y := lab.Echo("X2:1"), lab.Echo("Y1:5400")
		asked := x2.HearsBeside(ctx, "X3", y.To(netip.AddrPortFrom(Pool()[2], 0)))
		lab.Premise(asked, "no query comes in (rfc7857.s12-query)")

		By("X2 sends Host Unreachable about Y1's request")
		err := lab.ICMPError("X2", 3, 1, 0, *asked.Arrival).Anyhow()
		Expect(y.HearsBeside(ctx, "X3", err)).To(BeHeard())
	})
})
