package rfc3022

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 3022, Section 4.1: "This modification includes IP address (source IP address
// for outbound packets and destination IP address for inbound packets)".
var _ = Describe("RFC 3022 4.1, header manipulations:", func() {
	lab := NewLab(Setup{})

	DescribeTable("a packet from outside keeps its source,", Requirement("rfc3022.inbound-source"),
		func(ctx SpecContext, first, second string) {
			x, y1, y2 := lab.UDP("X:5002"), lab.UDP(first), lab.UDP(second)
			x.SeenBy(ctx, y1)
			x2 := x.SeenBy(ctx, y2)

			By(second + " answers, to which X:5002 has sent after " + first)
			Expect(x.Hears(ctx, y2.To(x2))).To(BeHeardFrom(y2.Addr()))
		},
		Entry("which differs from the first peer in port", "Y1:7", "Y1:8"),
		Entry("which differs from the first peer in address", "Y1:7", "Y2:7"),
	)
})
