package rfc5382

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 5382, Section 4.1: a mapping is the endpoint's, and not a connection's. By Section
// 5, one that is closing is held for four minutes until the last ACK, and by RFC 7857,
// Section 2.2, one that was reset as well, so the mapping is in use.
var _ = Describe("RFC 5382 4.1, mapping of a further connection:", func() {
	lab := NewLab(Setup{})

	DescribeTable("X1':x1' equals X2':x2' also where the connection to Y1:y1 is over,",
		Requirement("rfc5382.req-1"), func(ctx SpecContext, end ...Step) {
			x, y1, y2 := lab.TCP("X:40300"), lab.TCP("Y1:443"), lab.TCP("Y2:443")
			flow := lab.Open(ctx, x, y1, true)

			By("the connection of X:40300 and Y1:443 is brought to its end; X:40300 connects to Y2:443")
			lab.Note(flow.Plays(ctx, end...).String())
			seen := Sightings{{Session: Session{X: x, Y: y1}, Source: flow.Mapping}}
			Expect(append(seen, x.SeenByEach(ctx, y2)...)).To(BeOneEndpoint(),
				"the mapping must not depend on the connection")
		},
		Entry("closed by both but for the last ACK", FromX(FIN|ACK), FromY(ACK), FromY(FIN|ACK)),
		Entry("reset by X:x", FromX(RST|ACK)),
		Entry("reset by Y1:y1", FromY(RST|ACK)),
	)
})
