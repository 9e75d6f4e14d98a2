package rfc5508

import (
	"fmt"
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
	// endpoint, the packet, and what has arrived of it, where.
	turned := func(ctx SpecContext, over protocol, port uint16) (*Endpoint, *Packet, Arrival, netip.AddrPort) {
		GinkgoHelper()
		x, x2 := over(lab, "X:1").Sibling(port), over(lab, "X2:1").Sibling(port+1)
		external1, external2 := x.SeenBy(ctx, over(lab, "Y1:7")), x2.SeenBy(ctx, over(lab, "Y1:7"))
		By(fmt.Sprintf("%s sends to the mapping of %s, which opens its own filter, and is sent to", x2, x))
		x2.Sends(ctx, external1)
		sent := x.To(external2)
		heard := x2.Hears(ctx, sent)
		lab.Premise(heard, notHairpinned)
		lab.PremiseFrom(heard, external1, "the hairpinned packet does not come from the NAT (rfc4787.req-9a)")
		return x, sent, *heard.Arrival, external2
	}

	// Each is about a packet of its own: that a mapping may have ended with the error before is
	// another requirement's.
	DescribeTable("it comes back to the host that sent the packet, whatever its kind,",
		Requirement("rfc5508.req-7-error"), func(ctx SpecContext, over protocol, from string) {
			for i, kind := range configured {
				x, _, arrived, at := turned(ctx, over, 47300+10*uint16(i))
				By(fmt.Sprintf("%s sends type %d code %d about the packet from %s", from, kind.kind, kind.code, x))
				err := lab.ICMPError(from, kind.kind, kind.code, kind.word, arrived).About(at).OfAnyKind()
				Expect(x.Hears(ctx, err)).To(BeHeard(), "type %d code %d", kind.kind, kind.code)
			}
		},
		Entry("from the host that received it", udp, "X2"),
		Entry("from a router on the way", udp, "Ri"),
		Entry("about a segment", tcp, "X2"),
	)

	It("is for whom the quoted packet is from, and comes from the NAT", Requirement("rfc5508.req-7a"),
		func(ctx SpecContext) {
			x, sent, arrived, at := turned(ctx, udp, 47300)

			By("X2 sends Host Unreachable about the packet from X:47300")
			heard := x.Hears(ctx, lab.ICMPError("X2", 3, 1, 0, arrived).About(at).OfAnyKind())
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

	DescribeTable("a host inside is asked at its registered address from outside, and replies,",
		Requirement("rfc7857.s12-query"), func(ctx SpecContext, bytes int) {
			x2, y := lab.Echo("X2:1"), lab.Echo("Y1:5200")

			By("Y1, to which X2 has never sent, asks its registered address, and X2 replies")
			asked := x2.HearsBeside(ctx, "X3", y.To(netip.AddrPortFrom(Pool()[2], 0)).Exactly(bytes))
			Expect(asked).To(BeHeardFrom(y.Addr()))
			reply := y.HearsBeside(ctx, "X3", x2.To(asked.Source()).Replying().Exactly(bytes))
			Expect(reply).To(BeHeardFrom(netip.AddrPortFrom(Pool()[2], 0)))
		},
		Entry("without data", 0),
		Entry("with 56 bytes, as ping sends them", 56),
		Entry("with 1,472 bytes, which fill the link", 1472),
	)

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
