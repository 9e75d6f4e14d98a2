package rfc7857

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 7857, Section 3: a NAT "MAY assign the same external port as the source ports
// for the connections" when their destinations are different, and then manages
// them "by looking at and storing their 5-tuple".
var _ = Describe("RFC 7857 3, port overlapping:", func() {
	lab := NewLab(Setup{})

	It("two hosts with the same port and different destinations each get their own answers",
		Requirement("rfc7857.s3"), func(ctx SpecContext) {
			x, x2, y1, y2 := lab.UDP("X:40200"), lab.UDP("X2:40200"), lab.UDP("Y1:53"), lab.UDP("Y2:53")

			By("X:40200 sends to Y1:53, and X2:40200 to Y2:53")
			x1, x2s := x.SeenBy(ctx, y1), x2.SeenBy(ctx, y2)
			lab.Note(fmt.Sprintf("one external endpoint for two destinations: %t", x1 == x2s))

			By("Y1:53 and Y2:53 answer")
			Expect(x.Hears(ctx, y1.To(x1))).To(BeHeard(), "the answer must reach its host")
			Expect(x2.Hears(ctx, y2.To(x2s))).To(BeHeard(), "the answer must reach its host")
		})
})
