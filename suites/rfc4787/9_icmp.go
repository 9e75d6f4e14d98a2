package rfc4787

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 4787, Section 9. Errors quote the packet as it is on the outside. R is a
// router there that X:x has never sent to.
var _ = Describe("RFC 4787 9, ICMP:", func() {
	lab := NewLab(Setup{})

	DescribeTable("the mapping survives an ICMP error,", Requirement("rfc4787.req-12"),
		func(ctx SpecContext, kind uint8, codes int) {
			x, y := lab.UDP("X:48000"), lab.UDP("Y1:7")
			arrived := x.ArrivesAt(ctx, y)

			By(fmt.Sprintf("Y1 and R send ICMP type %d about the packet, with each of %d codes", kind, codes))
			for code := range codes {
				lab.ICMPError("Y1", kind, uint8(code), 0, arrived).Sends(ctx)
				lab.ICMPError("R", kind, uint8(code), 0, arrived).Sends(ctx)
			}
			By("Y1:7 sends to the mapping")
			Expect(x.Hears(ctx, y.To(arrived.Source))).To(BeHeard(), "the mapping must not be terminated")
		},
		Entry("Destination Unreachable", uint8(3), 16),
		Entry("Source Quench", uint8(4), 1),
		Entry("Redirect", uint8(5), 4),
		Entry("Time Exceeded", uint8(11), 2),
		Entry("Parameter Problem", uint8(12), 3),
	)

	DescribeTable("an ICMP error is relayed whoever sends it,", Requirement("rfc4787.req-12a"),
		func(ctx SpecContext, from string, kind, code uint8) {
			x := lab.UDP("X:48100")
			arrived := x.ArrivesAt(ctx, lab.UDP("Y1:7"))

			By(from + ", which X:x has never sent to, sends the error")
			Expect(x.Hears(ctx, lab.ICMPError(from, kind, code, 0, arrived))).To(BeHeard())
		},
		Entry("a router on the way: Time Exceeded", "R", uint8(11), uint8(0)),
		Entry("a router on the way: Port Unreachable", "R", uint8(3), uint8(3)),
		Entry("another host: Time Exceeded", "Y2", uint8(11), uint8(0)),
	)

	DescribeTable("Destination Unreachable is relayed, and about the packet that X:x sent,",
		Requirement("rfc4787.req-12b"),
		func(ctx SpecContext, code uint8, word uint32) {
			x, y := lab.UDP("X:48200"), lab.UDP("Y1:7")
			lab.UDP("X2:48200").SeenBy(ctx, y) // takes the port, so that x1 differs from x
			arrived := x.ArrivesAt(ctx, y)

			By(fmt.Sprintf("Y1 sends Destination Unreachable, code %d", code))
			heard := x.Hears(ctx, lab.ICMPError("Y1", 3, code, word, arrived))
			Expect(heard).To(BeHeard())
			Expect(heard.Arrival.ICMP.Quote.Source).To(Equal(x.Addr()), "the quoted source must be X:x again")
			Expect(heard.Arrival.ICMP.Quote.Destination).To(Equal(y.Addr()), "the quoted destination must be Y1:y1")
		},
		Entry("Network Unreachable", uint8(0), uint32(0)),
		Entry("Host Unreachable", uint8(1), uint32(0)),
		Entry("Port Unreachable", uint8(3), uint32(0)),
		Entry("Fragmentation Needed", uint8(4), uint32(1300)),
		Entry("Network Prohibited", uint8(9), uint32(0)),
		Entry("Host Prohibited", uint8(10), uint32(0)),
		Entry("Communication Prohibited", uint8(13), uint32(0)),
	)
})
