package tables

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// EdgePorts declares the spec that the ports at the edges of the ranges serve as any
// other.
func EdgePorts(lab *Lab, at At, requirement string) {
	It("ports 1, 1023, 1024 and 65535 serve as any other on either side", Requirement(requirement),
		func(ctx SpecContext) {
			By("X and Y1 use each of the ports, and answer each other")
			x, y := at(lab, "X:47100"), at(lab, "Y1:7")
			var lost Lost
			for _, port := range []uint16{1, 1023, 1024, 65535} {
				lost = lost.Unless(lab.Exchange(ctx, x.Sibling(port), y), "port %d of X", port)
				lost = lost.Unless(lab.Exchange(ctx, x, y.Sibling(port)), "port %d of Y1", port)
			}
			Expect(lost).To(BeNothing())
		})
}
