package rfc3022

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 3022, Section 2.2: "In the case of ICMP query messages, the query ID [...] is
// translated", and Section 4.1: "the checksum of ICMP header must also be corrected when a
// Query ID is modified".
var _ = Describe("RFC 3022 4.1, identifiers of ICMP queries:", func() {
	lab := NewLab(Setup{})

	It("three hosts that ask at once with one identifier and one number are told apart",
		Requirement("rfc3022.napt-query-id"), func(ctx SpecContext) {
			const number = 9
			y := lab.Echo("Y1:7")

			By("X, X2 and X3 each ask Y1 with the identifier 4100 and the same number")
			var seen Sightings
			for _, x := range []*Endpoint{lab.Echo("X:4100"), lab.Echo("X2:4100"), lab.Echo("X3:4100")} {
				asked := y.Hears(ctx, x.To(y.Addr()).WithID(number))
				Expect(asked).To(BeHeard())
				seen = append(seen, asked.Sightings(x, y)...)
			}
			Expect(seen).To(ShareNoEndpoint())

			By("Y1 replies to X3, X2 and X, when all have asked")
			for i := range seen {
				s := seen[len(seen)-1-i]
				reply := s.X.Hears(ctx, y.To(s.Source).WithID(number))
				Expect(reply).To(BeHeard(), "the reply must come to who has asked, with its own identifier")
			}
		})

	// changed is an endpoint whose identifier another host has, and what it is outside.
	changed := func(ctx SpecContext) (x, y *Endpoint, x1 netip.AddrPort) {
		GinkgoHelper()
		y = lab.Echo("Y1:7")
		lab.Echo("X:4200").SeenBy(ctx, y)
		x = lab.Echo("X2:4200")
		return x, y, x.SeenBy(ctx, y)
	}

	It("a query of odd or even length has a right checksum where its identifier is changed, and so has its reply",
		Requirement("rfc3022.icmp-query-checksum"), func(ctx SpecContext) {
			x, y, x1 := changed(ctx)
			By("X2 asks Y1, and Y1 replies, with payloads of 1, 2, 57 and 901 bytes")
			for _, bytes := range []int{1, 2, 57, 901} {
				Expect(y.Hears(ctx, x.To(y.Addr()).Exactly(bytes))).To(BeHeard())
				Expect(x.Hears(ctx, y.To(x1).Exactly(bytes))).To(BeHeard())
			}
		})

	It("a query has a right checksum where that is at the edge, before or after its identifier is changed",
		Requirement("rfc3022.icmp-query-checksum"), func(ctx SpecContext) {
			x, y, x1 := changed(ctx)
			By("X2 asks Y1, and Y1 replies, with sums of 0x0000, 0x0001, 0xfffe and 0xff00 on either side of the NAT")
			for _, sum := range []uint16{0, 1, 0xfffe, 0xff00} {
				for _, source := range []netip.AddrPort{x.Addr(), x1} {
					Expect(y.Hears(ctx, x.To(y.Addr()).Summing(sum, source, y.Addr()))).To(BeHeard())
					Expect(x.Hears(ctx, y.To(x1).Summing(sum, y.Addr(), source))).To(BeHeard())
				}
			}
		})
})

// RFC 3022, Section 4.1: "In the case of Basic NAT, ICMP query messages do not have to be
// modified beyond the IP header". The controls are X2's, which has no pair.
var _ = Describe("RFC 3022 4.1, ICMP queries where addresses alone are translated:", func() {
	lab := NewLab(Setup{Policy: tables.StaticPolicy()})

	It("a query leaves with its own identifier and checksum, and so does its reply",
		Requirement("rfc3022.icmp-query-checksum"), func(ctx SpecContext) {
			x, y := lab.Echo("X:4300"), lab.Echo("Y1:7")
			By("X asks Y1, and Y1 replies, with payloads of 1, 57 and 901 bytes")
			for _, bytes := range []int{1, 57, 901} {
				request := x.To(y.Addr()).Exactly(bytes)
				asked := y.HearsBeside(ctx, "X2", request)
				Expect(asked).To(BeHeardFrom(netip.AddrPortFrom(Pool()[1], 4300)))
				Expect(asked.QuerySum()).To(Be(request.QuerySum()), "it covers no address, so nothing of it changes")

				reply := y.To(asked.Source()).Exactly(bytes)
				got := x.HearsBeside(ctx, "X2", reply)
				Expect(got).To(BeHeard())
				Expect(got.QuerySum()).To(Be(reply.QuerySum()), "it covers no address, so nothing of it changes")
			}
		})
})
