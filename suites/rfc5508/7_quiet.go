package rfc5508

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 5508, Section 7, REQ-9: "A NAT device MAY implement a policy control that prevents
// ICMP messages being generated toward certain interface(s). Implementation of such a
// policy control overrides the MUSTs and SHOULDs in REQ-10." Toward another interface,
// REQ-10 stands.
var _ = Describe("RFC 5508 7, a NAT that is to be quiet toward the inside:", func() {
	const mtu = 1000
	lab := NewLab(Setup{OutsideMTU: mtu, Policy: Policy{QuietInside: true}})

	It("a packet from inside whose TTL is one is not answered", Requirement("rfc5508.req-9"), func(ctx SpecContext) {
		x, y := lab.UDP("X:52500"), lab.UDP("Y1:7")
		lab.Open(ctx, x, y, true)
		By("X:52500 sends a packet with a TTL of one")
		Expect(x.HearsExpired(ctx, x.To(y.Addr()).TTL(1))).NotTo(BeHeard())
	})

	It("a packet from inside that is too big for the outside is not answered", Requirement("rfc5508.req-9"),
		func(ctx SpecContext) {
			x, y := lab.UDP("X:52501"), lab.UDP("Y1:7")
			lab.Open(ctx, x, y, true)
			By("X:52501 sends 1,400 bytes that are not to be cut up, and the link outside takes 1,000")
			Expect(x.HearsTooBig(ctx, x.To(y.Addr()).Size(1400).DontFragment())).NotTo(BeHeard())
		})

	It("a packet from outside whose TTL is one is answered all the same", Requirement("rfc5508.req-9"),
		func(ctx SpecContext) {
			flow := lab.Open(ctx, lab.UDP("X:52502"), lab.UDP("Y1:7"), true)
			By("Y1:7 sends a packet with a TTL of one")
			Expect(flow.Y.HearsExpired(ctx, flow.Y.To(flow.Mapping).TTL(1))).To(BeHeard(),
				"nothing was asked about the outside")
		})
})
