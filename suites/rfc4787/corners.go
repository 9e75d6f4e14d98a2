package rfc4787

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
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

	tables.EdgePorts(lab, (*Lab).UDP, "practice.edge-ports")
	tables.EdgeHeaders(lab, (*Lab).UDP, "practice.edge-headers")
})
