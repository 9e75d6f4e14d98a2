package rfc4787

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 4787, Section 4.1. X:x is an internal endpoint, Y1:y1 and Y2:y2 are
// external ones; X1':x1' and X2':x2' are the mappings the NAT uses toward each.
var _ = Describe("RFC 4787 4.1, address and port mapping:", func() {
	lab := NewLab(Setup{})

	DescribeTable("X1':x1' equals X2':x2' for all Y2:y2,", Requirement("rfc4787.req-1"),
		func(ctx SpecContext, first, second string) {
			x, y1, y2 := lab.UDP("X:40000"), lab.UDP(first), lab.UDP(second)

			By("X:x sends to " + first + ", which creates the mapping")
			x1 := x.SeenBy(ctx, y1)

			By("X:x sends to " + second)
			x2 := x.SeenBy(ctx, y2)
			Expect(x2).To(Equal(x1), "the mapping must not depend on the destination")
		},
		Entry("Y2:y2 differs in port", "Y1:7", "Y1:8"),
		Entry("Y2:y2 differs in address", "Y1:7", "Y2:7"),
		Entry("Y2:y2 differs in both", "Y1:7", "Y2:8"),
	)

	// The order in which a port-preserving NAT that keeps a mapping for each
	// session, and not for each endpoint, gives itself away: while X2:x talks to
	// Y2 it may have the port that X:x has toward Y1, but toward Y1 it may not.
	It("X1':x1' equals X2':x2' also where another host holds the port toward Y2:y2",
		Requirement("rfc4787.req-1"), func(ctx SpecContext) {
			other, x := lab.UDP("X:5010"), lab.UDP("X2:5010")
			y1, y2 := lab.UDP("Y1:7"), lab.UDP("Y2:7")

			By("X:5010 sends to Y1:7 and holds its port there")
			other.SeenBy(ctx, y1)

			By("X2:5010 sends to Y2:7, where nobody else has been")
			x2 := x.SeenBy(ctx, y2)

			By("X2:5010 sends to Y1:7, where X:5010 has been")
			x1 := x.SeenBy(ctx, y1)
			Expect(x1).To(Equal(x2), "the mapping must not depend on what other hosts do")
		})
})

// RFC 4787, Section 4.1, on NATs with several external addresses.
var _ = Describe("RFC 4787 4.1, address pooling:", func() {
	lab := NewLab(Setup{Policy: Policy{Pool: Pool()}})

	It("all sessions of one internal address use the same external address",
		Requirement("rfc4787.req-2"), func(ctx SpecContext) {
			By("X and X2, in turn, send from ten ports each to four hosts")
			used := map[string][]string{}
			for i := range 10 {
				for _, name := range []string{"X", "X2"} {
					y := lab.UDP([]string{"Y1:7", "Y2:7", "Y3:7", "Y4:7"}[i%4])
					seen := lab.UDPAt(name, 30000+uint16(i)).SeenBy(ctx, y).Addr()
					used[name] = append(used[name], seen.String())
				}
			}
			Expect(used["X"]).To(HaveEach(used["X"][0]), "X must always be seen from one address")
			Expect(used["X2"]).To(HaveEach(used["X2"][0]), "X2 must always be seen from one address")
		})
})
