package rfc5508

import (
	"fmt"
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 5508, Section 7, REQ-10 b) and c): what a NAT may support or should not. What it
// lets out it has to let back in; that it lets nothing out conforms.
var _ = Describe("RFC 5508 7, ICMP messages that a NAT may support:", func() {
	lab := NewLab(Setup{})

	DescribeTable("a query that gets out gets its reply,", func(ctx SpecContext, question Question) {
		x, y := lab.Echo("X:50800"), lab.Echo("Y1:7")
		lab.Echo("X2:50800").SeenBy(ctx, y)

		By("X asks Y1, and Y1 replies if it is asked")
		asked := y.Hears(ctx, x.To(y.Addr()).Asking(question))
		lab.Note(fmt.Sprintf("supported: %t", asked.Arrival != nil))
		if asked.Arrival != nil {
			Expect(x.Hears(ctx, y.To(asked.Source()).Asking(question))).To(BeHeard())
		}
	},
		Entry("for a time stamp", Requirement("rfc5508.req-10b-2"), Timestamp),
		Entry("for the address mask", Requirement("rfc5508.req-10b-4"), AddressMask),
	)

	It("a packet that leaves the way it should brings no Redirect", Requirement("rfc5508.req-10b-1"),
		func(ctx SpecContext) {
			x, y := lab.UDP("X:50900"), lab.UDP("Y1:7")
			By("X sends to Y1")
			Expect(x.Says(ctx, y, x.To(y.Addr()))).NotTo(BeHeard(), "there is no better way outside than the NAT")
		})

	// The pointer of a time stamp option is five at least (RFC 791).
	It("a Parameter Problem of the NAT is about the packet that has one", Requirement("rfc5508.req-10b-5"),
		func(ctx SpecContext) {
			x, y := lab.UDP("X:51000"), lab.UDP("Y1:7")
			x.SeenBy(ctx, y)
			sent := x.To(y.Addr()).Options(68, 8, 3, 0, 0, 0, 0, 0)

			By("X sends a datagram with a time stamp option whose pointer is wrong")
			heard := x.Says(ctx, y, sent)
			lab.Note(fmt.Sprintf("told: %t", heard.Arrival != nil))
			if heard.Arrival != nil {
				Expect(heard).To(HaveKind(12, 0))
				Expect(heard).To(QuoteEndsOf(sent))
				Expect(heard).To(HaveWord(22<<24), "the pointer must be to the option's")
			}
		})

	It("a burst brings no Source Quench", Requirement("rfc5508.req-10c-1"), func(ctx SpecContext) {
		x, y := lab.UDP("X:51100"), lab.UDP("Y1:7")

		By("X sends 300 datagrams of 1,400 bytes to Y1 at once")
		lab.Bursts(ctx, x, y, 1, 300)
		Expect(lab.OwnErrors(4)).To(BeAtMost(0))
	})

	It("the NAT answers no Information Request", Requirement("rfc5508.req-10c-2"), func(ctx SpecContext) {
		x, y := lab.Echo("X:51200"), lab.Echo("Y1:51201")
		By("X asks the NAT's inside address, and Y1 its outside address")
		answer := func(a Arrival) bool { return a.ICMP != nil && a.ICMP.Type == Information.Reply }
		for host, addr := range map[*Endpoint]netip.Addr{x: lab.Gateway(), y: lab.External[0]} {
			request := host.To(netip.AddrPortFrom(addr, 0)).Asking(Information)
			Expect(host.Overhears(ctx, map[*Endpoint]*Endpoint{x: y, y: x}[host], "an Information Reply", answer,
				func() { lab.Sends(ctx, request) })).NotTo(BeHeard())
		}
	})
})

// RFC 5508, Section 8.
var _ = Describe("RFC 5508 8, ICMP messages that are neither queries nor errors:", func() {
	lab := NewLab(Setup{})

	It("those that get out come from the NAT", Requirement("rfc5508.req-11"), func(ctx SpecContext) {
		y := lab.UDP("Y1:7")
		for _, kind := range []uint8{9, 30, 37, 40, 99} {
			By(fmt.Sprintf("X sends an ICMP message of type %d to Y1", kind))
			heard := y.HearsBeside(ctx, "X", lab.ICMPMessage("X", kind, y.Addr().Addr()))
			if heard.Arrival != nil {
				Expect(heard.Source().Addr()).To(BeOneOf(lab.External...), "the source must be an address of the NAT")
			}
		}
	})
})
