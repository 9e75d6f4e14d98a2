package tables

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// Tuple declares the spec that a local tuple goes out as a registered one, the
// textbook case.
func Tuple(lab *Lab, at At, requirement string) {
	It("192.168.0.5:5000 goes out from a registered endpoint, and the answer comes back to it",
		Requirement(requirement), func(ctx SpecContext) {
			x, y := at(lab, "X:5000"), at(lab, "Y1:80")

			By("192.168.0.5:5000 sends to the server at Y1:80")
			x1 := x.ArrivesAt(ctx, y).Source
			Expect(x1.Addr()).To(BeOneOf(lab.External...), "the source must be a registered address")

			By("the server answers to the endpoint it has seen")
			Expect(x.Hears(ctx, y.To(x1))).To(BeHeardFrom(y.Addr()))
		})
}

// PeersAsSources declares the spec that what comes in shows who has sent it.
func PeersAsSources(lab *Lab, at At, requirement string) {
	It("what several peers send shows each of them as its source", Requirement(requirement),
		func(ctx SpecContext) {
			x, y1, y2 := at(lab, "X:5001"), at(lab, "Y1:7"), at(lab, "Y2:8")

			By("192.168.0.5:5001 sends to Y1:7 and to Y2:8")
			seen := x.SeenByEach(ctx, y1, y2)

			By("both answer, the second peer first")
			Expect(x.Hears(ctx, y2.To(seen[1].Source))).To(BeHeardFrom(y2.Shown()))
			Expect(x.Hears(ctx, y1.To(seen[0].Source))).To(BeHeardFrom(y1.Shown()))
		})
}

// InboundSource declares the specs that a packet from outside keeps its source.
func InboundSource(lab *Lab, at At, requirement string) {
	DescribeTable("a packet from outside keeps its source,", Requirement(requirement),
		func(ctx SpecContext, first, second string) {
			x, y1, y2 := at(lab, "X:5002"), at(lab, first), at(lab, second)
			x.SeenBy(ctx, y1)
			x2 := x.SeenBy(ctx, y2)

			By(second + " answers, to which X:5002 has sent after " + first)
			Expect(x.Hears(ctx, y2.To(x2))).To(BeHeardFrom(y2.Addr()))
		},
		Entry("which differs from the first peer in port", "Y1:7", "Y1:8"),
		Entry("which differs from the first peer in address", "Y1:7", "Y2:7"),
	)
}
