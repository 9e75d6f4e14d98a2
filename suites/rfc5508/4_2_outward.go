package rfc5508

import (
	"fmt"
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

const notRelayedOut = "no error from inside is relayed (rfc5508.req-5a), so there is nothing to look at"

// received has Y1 send to a mapping of X's, and returns Y1's endpoint and the packet as X
// has received it.
func received(ctx SpecContext, lab *Lab, over protocol, port uint16) (*Endpoint, Arrival) {
	GinkgoHelper()
	x, y := over(lab, "X:1").Sibling(port), over(lab, "Y1:7")
	return y, y.Sent(ctx, y.To(x.SeenBy(ctx, y)), x)
}

// RFC 5508, Section 4.2.2. X2 takes X's port first where a quote is looked at, so that
// the mapping differs from X's endpoint in its port as well. Ri is a router on the
// inside. The controls are X's: Ri may have no way through the NAT.
var _ = Describe("RFC 5508 4.2.2, an ICMP error from inside:", func() {
	lab := NewLab(Setup{})

	DescribeTable("it goes out, and the quote is in the form in which Y1:y1 sent the packet,",
		Requirement("rfc5508.req-5a"), func(ctx SpecContext, over protocol, from string) {
			x, y := over(lab, "X:49600"), over(lab, "Y1:7")
			over(lab, "X2:49600").SeenBy(ctx, y)
			sent := y.To(x.SeenBy(ctx, y))
			arrived := y.Sent(ctx, sent, x)

			By(from + " sends Host Unreachable about what Y1 has sent")
			Expect(y.HearsBeside(ctx, "X", lab.ICMPError(from, 3, 1, 0, arrived).Anyhow())).To(Quote(sent))
		},
		Entry("a datagram", udp, "X"),
		Entry("a segment", tcp, "X"),
		Entry("a reply to a query", echo, "X"),
		Entry("a datagram, from a router", udp, "Ri"),
	)

	DescribeTable("type and code stay as they were,", Requirement("rfc5508.req-5b"),
		func(ctx SpecContext, over protocol, from string) {
			y, arrived := received(ctx, lab, over, 49700)
			var relayed, lost Heard
			for _, kind := range []struct{ kind, codes uint8 }{{3, 16}, {11, 2}, {12, 3}} {
				for code := range kind.codes {
					By(fmt.Sprintf("%s sends type %d code %d about what Y1 has sent", from, kind.kind, code))
					err := lab.ICMPError(from, kind.kind, code, 0, arrived).Anyhow()
					if lost = y.HearsBeside(ctx, "X", err); lost.Arrival != nil {
						relayed = lost
						Expect(relayed).To(HaveKind(kind.kind, code))
					}
				}
			}
			if relayed.Arrival == nil {
				lab.Premise(lost, notRelayedOut)
			}
		},
		Entry("about a datagram", udp, "X"),
		Entry("about a reply, from a router", echo, "Ri"),
	)

	DescribeTable("it is dropped if it quotes nothing that the NAT has let in,", Requirement("rfc5508.req-5"),
		func(ctx SpecContext, over protocol) {
			x, y := over(lab, "X:49800"), over(lab, "Y1:7")
			never := y.To(x.Addr()).Unsent()

			By("X sends Port Unreachable about a packet of Y1's that never was")
			Expect(y.Hears(ctx, lab.ICMPError("X", 3, 3, 0, never).Anyhow())).NotTo(BeHeard())
		},
		Entry("a datagram", udp),
		Entry("a segment", tcp),
		Entry("a reply to a query", echo),
	)

	It("it comes from the NAT's own address if a router sends it", Requirement("rfc5508.req-5c"),
		func(ctx SpecContext) {
			y, arrived := received(ctx, lab, udp, 49900)

			By("Ri, which has no mapping, sends Time Exceeded about what Y1 has sent to X")
			heard := y.HearsBeside(ctx, "X", lab.ICMPError("Ri", 11, 0, 0, arrived).Anyhow())
			lab.Premise(heard, notRelayedOut)
			Expect(heard).To(BeHeardFrom(netip.AddrPortFrom(lab.External[0], 0)))
		})
})

// RFC 5508, Section 4.2.2, for a NAT that maps addresses, "Basic NAT": here X has one for
// itself, and so has the router.
var _ = Describe("RFC 5508 4.2.2, an ICMP error from inside where addresses are mapped:", func() {
	registered := Pool()[2]
	pairs := []Pair{{Inside: Addr("X"), External: Pool()[1]}, {Inside: Addr("Ri"), External: registered}}
	lab := NewLab(Setup{Policy: Policy{Static: pairs}})

	It("it comes from the router's registered address", Requirement("rfc5508.req-5c"), func(ctx SpecContext) {
		y, arrived := received(ctx, lab, udp, 49950)

		By("Ri, which has a registered address, sends Time Exceeded about what Y1 has sent to X")
		heard := y.HearsBeside(ctx, "X", lab.ICMPError("Ri", 11, 0, 0, arrived).Anyhow())
		lab.Premise(heard, notRelayedOut)
		Expect(heard).To(BeHeardFrom(netip.AddrPortFrom(registered, 0)))
	})
})
