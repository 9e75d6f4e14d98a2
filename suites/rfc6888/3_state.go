package rfc6888

import (
	"context"
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// fanned are sessions from n ports of a host to as many ports of the peers each as all is
// together. The peers take turns.
func fanned(lab *Lab, at tables.At, host string, n, all int, peers ...string) []Session {
	GinkgoHelper()
	var sessions []Session
	for i := range all {
		x, y := fmt.Sprintf("%s:%d", host, 30000+i%n), fmt.Sprintf("%s:%d", peers[i/n%len(peers)], 8000+i/n)
		sessions = append(sessions, Session{X: at(lab, x), Y: at(lab, y)})
	}
	return sessions
}

// begins has a host try to begin such sessions, and returns how many get through.
func begins(ctx context.Context, lab *Lab, host string, n, all int, peers ...string) int {
	GinkgoHelper()
	return len(lab.AttemptBeside(ctx, "X3", fanned(lab, (*Lab).UDP, host, n, all, peers...)...))
}

// RFC 6888, Section 3, REQ-5: "limiting the number of sessions" is the limit of memory that
// shows outside. It is judged with UDP, and where the policy says what a session is.
var _ = Describe("RFC 6888 3, REQ-5, a limit of 30 sessions", func() {
	const limit = 30
	of := func(what string, ports int, limits Limits, peers ...string) {
		Context(what, func() {
			lab := NewLab(limited(limits))

			It("30 sessions of 40 begin, and another subscriber's as many", Requirement("rfc6888.req-5"),
				func(ctx SpecContext) {
					By(fmt.Sprintf("X, and then X2, begins 40 sessions to %s from %d of its ports",
						strings.Join(peers, " and "), ports))
					Expect(begins(ctx, lab, "X", ports, limit+10, peers...)).To(Be(limit), "X has what the limit says")
					Expect(begins(ctx, lab, "X2", ports, limit+10, peers...)).To(Be(limit), "X2 has as many of its own")
				})
		})
	}
	// Toward another host a mapping may be another one (rfc4787.req-1).
	of("for a mapping:", 1, Limits{MappingSessions: limit}, "Y1")
	of("for a subscriber:", 4, Limits{Sessions: limit}, "Y1", "Y2")
})

// What counts is what a subscriber has at a time.
var _ = Describe("RFC 6888 3, REQ-5, a limit of 12 sessions for a subscriber, and timers of 10 seconds:", func() {
	const limit = 12
	setup := limited(Limits{Sessions: limit})
	setup.Policy.UDPTimeout, setup.Policy.TCPClosing = lifetime, lifetime
	lab := NewLab(setup)

	DescribeTable("a subscriber whose sessions have ended begins as many again, also if it was refused more,",
		Requirement("rfc6888.req-5"), Waits(2*lifetime), func(ctx SpecContext, at tables.At, closes bool) {
			By("X opens 12 flows to Y1 from four ports, and sends from ten ports more")
			open := lab.OpenAll(ctx, fanned(lab, at, "X", 4, limit, "Y1")...)
			lab.PremiseCount(open, limit, "not every session can be had (practice.capacity-peers)")
			lab.Storm(ctx, "X3", at(lab, "X:32000").Sessions(10, at(lab, "Y1:8000"))...)
			if closes {
				lab.CloseAll(ctx, open...)
			}

			By("20 seconds pass, and X begins 12 other sessions")
			lab.Idle(ctx, 2*lifetime)
			first := open[0]
			lab.PremiseDead(first.X.HearsBeside(ctx, "X3", first.Y.To(first.Mapping)),
				"mappings outlive the timer that was chosen (rfc4787.req-5b, rfc5382.req-5a)")
			again := lab.AttemptBeside(ctx, "X3", at(lab, "X:31000").Sessions(limit, at(lab, "Y2:8000"))...)
			Expect(len(again)).To(Be(limit), "what has ended must not count, nor what was refused")
		},
		Entry("of UDP", tables.At((*Lab).UDP), false),
		Entry("of TCP, closed", tables.At((*Lab).TCP), true),
	)
})

var _ = Describe("RFC 6888 3, REQ-5 a), a limit of 10 sessions for a subscriber:", func() {
	const limit = 10
	lab := NewLab(limited(Limits{Sessions: limit}))

	It("four ports begin 10 sessions of 40", Requirement("rfc6888.req-5a"), func(ctx SpecContext) {
		By("X sends from four ports to ten ports of Y1 and Y2 each")
		Expect(begins(ctx, lab, "X", 4, 40, "Y1", "Y2")).To(Be(limit), "X must have as many as the limit says")
	})
})

var _ = Describe("RFC 6888 3, REQ-5 b), a limit of 20 new sessions a second:", func() {
	const rate, wanted = 20, 300
	lab := NewLab(limited(Limits{SessionRate: rate}))

	It("a port that begins 300 sessions at once is held back", Requirement("rfc6888.req-5b"), func(ctx SpecContext) {
		By("X sends from one port to 300 ports of Y1, as fast as it can")
		all := fanned(lab, (*Lab).UDP, "X", 1, 2*wanted+recovering, "Y1")
		storm := lab.Storm(ctx, "X3", all[:wanted]...)
		lab.PremiseStorm(storm, rate)
		Expect(storm).To(BeLimitedTo(rate))

		By("X is silent for a while, and sends to another port")
		Expect(lab.Recovers(ctx, "X3", all[2*wanted:]...)).To(BeNothing())
		By("X sends to 300 more ports, as fast as it can")
		again := lab.Storm(ctx, "X3", all[wanted:2*wanted]...)
		lab.PremiseStorm(again, rate)
		Expect(again).To(BeLimitedAgainTo(rate))
	})
})
