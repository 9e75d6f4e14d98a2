package rfc6888

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// fanned are sessions from n ports of a host to as many ports of Y1 each as all is
// together.
func fanned(lab *Lab, host string, n, all int) []Session {
	GinkgoHelper()
	var sessions []Session
	for i := range all {
		x, y := fmt.Sprintf("%s:%d", host, 30000+i%n), fmt.Sprintf("Y1:%d", 8000+i/n)
		sessions = append(sessions, Session{X: lab.UDP(x), Y: lab.UDP(y)})
	}
	return sessions
}

// begins has a host try to begin such sessions, and returns how many get through.
func begins(ctx context.Context, lab *Lab, host string, n, all int) int {
	GinkgoHelper()
	return len(lab.AttemptBeside(ctx, "X3", fanned(lab, host, n, all)...))
}

// RFC 6888, Section 3, REQ-5: "limiting the number of sessions" is the limit of memory that
// shows outside. It is judged with UDP, and where the policy says what a session is.
var _ = Describe("RFC 6888 3, REQ-5, a limit of 30 sessions", func() {
	const limit = 30
	of := func(what string, ports int, limits Limits) {
		Context(what, func() {
			lab := NewLab(limited(limits))

			It("30 sessions of 40 begin, and another subscriber's as many", Requirement("rfc6888.req-5"),
				func(ctx SpecContext) {
					By(fmt.Sprintf("X, and then X2, begins 40 sessions to Y1 from %d of its ports", ports))
					Expect(begins(ctx, lab, "X", ports, limit+10)).To(Be(limit), "X must have what the limit says")
					Expect(begins(ctx, lab, "X2", ports, limit+10)).To(Be(limit), "X2 must have as many of its own")
				})
		})
	}
	of("for a mapping:", 1, Limits{MappingSessions: limit})
	of("for a subscriber:", 4, Limits{Sessions: limit})
})

var _ = Describe("RFC 6888 3, REQ-5 a), a limit of 10 sessions for a subscriber:", func() {
	const limit = 10
	lab := NewLab(limited(Limits{Sessions: limit}))

	It("four ports begin 10 sessions of 40", Requirement("rfc6888.req-5a"), func(ctx SpecContext) {
		By("X sends from four ports to ten ports of Y1 each")
		Expect(begins(ctx, lab, "X", 4, 40)).To(Be(limit), "X must have as many as the limit says")
	})
})

var _ = Describe("RFC 6888 3, REQ-5 b), a limit of 20 new sessions a second:", func() {
	const rate, wanted = 20, 300
	lab := NewLab(limited(Limits{SessionRate: rate}))

	It("a port that begins 300 sessions at once is held back", Requirement("rfc6888.req-5b"), func(ctx SpecContext) {
		By("X sends from one port to 300 ports of Y1, as fast as it can")
		storm := lab.Storm(ctx, "X3", fanned(lab, "X", 1, wanted)...)
		lab.PremiseStorm(storm, rate)
		Expect(storm).To(BeLimitedTo(rate))
	})
})
