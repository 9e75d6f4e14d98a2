package rfc3022

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 3022, Section 6.2: where the addresses of Basic NAT are of the subnet of a LAN
// outside, "Responding to ARP requests for the NAT mapped global addresses with its own MAC
// address is a must". With NAPT, the section expects the same of an address that is not
// the NAT's own interface's.
var _ = Describe("RFC 3022 6.2, ARP for an address of a static mapping:", func() {
	lab := NewLab(Setup{Policy: Policy{
		Static: []Pair{{Inside: Addr("X"), External: Pool()[1]}}, Translation: Translation{ProxyARP: true},
	}})

	It("who asks for it on the outside's link is answered by the NAT, and reaches the host",
		Requirement("rfc3022.proxy-arp"), func(ctx SpecContext) {
			x, y := lab.UDP("X:36500"), lab.UDP("Y1:7000")
			By("Y1 asks by ARP who has the registered address of X")
			Expect(lab.WhoHas(ctx, y, Pool()[1])).To(Be(TheNAT), "nobody else can answer for it")

			By("Y1:7000 sends there, and X answers")
			x1 := netip.AddrPortFrom(Pool()[1], 36500)
			Expect(x.Hears(ctx, y.To(x1))).To(BeHeardFrom(y.Addr()))
			Expect(y.Hears(ctx, x.To(y.Addr()))).To(BeHeardFrom(x1))
		})
})

var _ = Describe("RFC 3022 6.2, ARP for the addresses of a pool:", func() {
	lab := NewLab(Setup{Policy: Policy{Pool: Pool()[1:], Translation: Translation{ProxyARP: true}}})

	It("who asks for the address that a host is seen with is answered by the NAT, and reaches the host",
		Requirement("rfc3022.proxy-arp"), func(ctx SpecContext) {
			y := lab.UDP("Y1:7000")
			for _, x := range []*Endpoint{lab.UDP("X:36501"), lab.UDP("X2:36501")} {
				By(x.String() + " sends to Y1:7000, and Y1 asks by ARP who has the address that it sees")
				seen := x.SeenBy(ctx, y)
				Expect(lab.WhoHas(ctx, y, seen.Addr())).To(Be(TheNAT), "answers have no other way to it")
				Expect(x.Hears(ctx, y.To(seen))).To(BeHeard())
			}
		})
})
