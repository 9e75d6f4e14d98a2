package rfc4787

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// What is legal and rare, and so breaks first.
var _ = Describe("Corners:", func() {
	lab := NewLab(Setup{})

	It("payloads of 0, 1, odd, even and 1472 bytes pass both ways", Requirement("practice.payload-lengths"),
		func(ctx SpecContext) {
			x, y := lab.UDP("X:47000"), lab.UDP("Y1:7")
			flow := lab.Open(ctx, x, y, true)

			By("X:47000 and Y1:7 send payloads of each length to each other")
			var lost Lost
			for _, n := range []int{0, 1, 33, 34, 1472} {
				lost = lost.Unless(y.Hears(ctx, x.To(y.Addr()).Exactly(n)), "%d bytes from X to Y1", n)
				lost = lost.Unless(x.Hears(ctx, y.To(flow.Mapping).Exactly(n)), "%d bytes from Y1 to X", n)
			}
			Expect(lost).To(BeNothing())
		})

	It("ports 1, 1023, 1024 and 65535 serve as any other on either side", Requirement("practice.edge-ports"),
		func(ctx SpecContext) {
			By("X and Y1 use each of the ports, and answer each other")
			x, y := lab.UDP("X:47100"), lab.UDP("Y1:7")
			var lost Lost
			for _, port := range []uint16{1, 1023, 1024, 65535} {
				lost = lost.Unless(lab.Exchange(ctx, x.Sibling(port), y), "port %d of X", port)
				lost = lost.Unless(lab.Exchange(ctx, x, y.Sibling(port)), "port %d of Y1", port)
			}
			Expect(lost).To(BeNothing())
		})
})
