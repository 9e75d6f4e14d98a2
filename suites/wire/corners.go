package wire

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

var _ = Describe("The wire, in corners:", func() {
	lab := NewLab(Setup{})

	// RFC 768: "If the computed checksum is zero, it is transmitted as all ones".
	It("a checksum that is computed as zero is sent as all ones", Requirement("wire.transport-checksum"),
		func(ctx SpecContext) {
			x, y := lab.UDP("X:52100"), lab.UDP("Y1:7")
			x1 := x.SeenBy(ctx, y)

			By("X:x and Y1:y1 send payloads with which the translated checksum is zero, and others")
			Expect(y.Hears(ctx, x.To(y.Addr()).ZeroSum(x1, y.Addr()))).To(BeHeardFrom(x1))
			Expect(x.Hears(ctx, y.To(x1).ZeroSum(y.Addr(), x.Addr()))).To(BeHeardFrom(y.Addr()))
			x.Exchanges(ctx, y, shapes["sizes"]...)
			Expect(lab.Finding("wire.transport-checksum")).To(BeKept())
		})

	// TCP has no such rule: what is computed as zero stays zero, and is what is easily
	// missed when a checksum is updated (RFC 1624, Section 3).
	It("a checksum of TCP is updated as it would be computed anew", Requirement("wire.transport-checksum"),
		func(ctx SpecContext) {
			flow := lab.Open(ctx, lab.TCP("X:52150"), lab.TCP("Y1:8000"), true)
			x, y, x1 := flow.X, flow.Y, flow.Mapping

			By("X:x and Y1:y1 send payloads with which the checksum is zero or near it, before or after translation")
			for _, sum := range []uint16{0, 1, 0xfffe, 0x00ff, 0xff00} {
				Expect(y.Hears(ctx, x.To(y.Addr()).Summing(sum, x1, y.Addr()))).To(BeHeardFrom(x1))
				Expect(y.Hears(ctx, x.To(y.Addr()).Summing(sum, x.Addr(), y.Addr()))).To(BeHeardFrom(x1))
				Expect(x.Hears(ctx, y.To(x1).Summing(sum, y.Addr(), x.Addr()))).To(BeHeardFrom(y.Addr()))
				Expect(x.Hears(ctx, y.To(x1).Summing(sum, y.Addr(), x1))).To(BeHeardFrom(y.Addr()))
			}
			x.Exchanges(ctx, y, shapes["lengths"]...)
			Expect(lab.Finding("wire.transport-checksum")).To(BeKept())
		})

	DescribeTable("a packet whose header has a wrong checksum is dropped,", Requirement("wire.header-verified"),
		func(ctx SpecContext, over func(*Lab, string) *Endpoint) {
			flow := lab.Open(ctx, over(lab, "X:52170"), over(lab, "Y1:8000"), true)

			By("X:x sends such a packet, and then Y1:y1 does")
			Expect(flow.Y.Hears(ctx, flow.X.To(flow.Y.Addr()).WithWrongHeader())).
				NotTo(BeHeard(), "it must be discarded, and not be given a right checksum")
			Expect(flow.X.Hears(ctx, flow.Y.To(flow.Mapping).WithWrongHeader())).
				NotTo(BeHeard(), "it must be discarded, and not be given a right checksum")
		},
		Entry("of UDP", (*Lab).UDP),
		Entry("of TCP", (*Lab).TCP),
		Entry("of ICMP queries", (*Lab).Echo),
	)

	// The TTL and the addresses change, and each may carry or borrow (RFC 1624, Section 3).
	DescribeTable("a header's checksum is updated as it would be computed anew,", Requirement("wire.ip-checksum"),
		func(ctx SpecContext, over func(*Lab, string) *Endpoint) {
			flow := lab.Open(ctx, over(lab, "X:52160"), over(lab, "Y1:8000"), true)
			x, y, x1 := flow.X, flow.Y, flow.Mapping

			By("X:x and Y1:y1 send packets whose checksum is at an edge, as they leave or as they arrive")
			for _, sum := range []uint16{0, 1, 0xfffe, 0x00ff, 0x0100, 0xfeff, 0xff00} {
				lab.Sends(ctx, x.To(y.Addr()).HeaderSumming(sum, x1.Addr(), y.Addr().Addr()))
				lab.Sends(ctx, x.To(y.Addr()).HeaderSumming(sum, x.Addr().Addr(), y.Addr().Addr()))
				lab.Sends(ctx, y.To(x1).HeaderSumming(sum, y.Addr().Addr(), x.Addr().Addr()))
				lab.Sends(ctx, y.To(x1).HeaderSumming(sum, y.Addr().Addr(), x1.Addr()))
			}
			x.Exchanges(ctx, y, shapes["plain"][:2]...)
			Expect(lab.Finding("wire.ip-checksum")).To(BeKept())
		},
		Entry("of datagrams", (*Lab).UDP),
		Entry("of segments", (*Lab).TCP),
	)

	tables.Expired(lab, (*Lab).UDP, "wire.ttl-expired")

	// What belongs to no flow is easily let out as it is: conntrack calls it
	// invalid, and a rule for translation does not see it.
	It("what belongs to no flow does not get out untranslated", Requirement("wire.inside-address"),
		func(ctx SpecContext) {
			x, y := lab.UDP("X:52300"), lab.UDP("Y1:7")
			never := y.To(x.Addr()).Unsent()

			By("X sends an ICMP error about a packet that never was, and a RST of a connection that never was")
			lab.ICMPError("X", 3, 3, 0, never).Sends(ctx)
			x.Exchanges(ctx, y, shapes["plain"][0])
			tcp := lab.TCP("X:52301")
			lab.Sends(ctx, tcp.To(lab.TCP("Y1:8000").Addr()).Reset())
			x.Exchanges(ctx, y, shapes["plain"][0])
			Expect(lab.Finding("wire.inside-address")).To(BeKept())
		})
})
