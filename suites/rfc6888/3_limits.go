package rfc6888

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// protocols are those that have ports, or identifiers in their place.
var protocols = []TableEntry{
	Entry("of UDP", tables.At((*Lab).UDP)),
	Entry("of TCP", tables.At((*Lab).TCP)),
	Entry("of ICMP", tables.At((*Lab).Echo)),
}

// apart gives X3 an external address of its own, so that its controls need none of the ports
// that a spec is about.
func apart() []Pair { return []Pair{{Inside: Addr("X3"), External: Pool()[1]}} }

// recovering is how many sessions a host tries after a storm, until one gets through.
const recovering = 6

// limited sets limits for subscribers.
func limited(limits Limits) Setup { return Setup{Policy: Policy{Carrier: Carrier{Subscriber: limits}}} }

// opens has a host send from n ports to Y1 and Y2, in turn, and returns in how many flows the
// answer comes in at the end: so many ports it has by then, whomever it has them for. The
// controls are X3's, and take none of the host's ports.
func opens(ctx context.Context, lab *Lab, at tables.At, host string, n int) int {
	GinkgoHelper()
	sessions := at(lab, host+":30000").Sessions(n, at(lab, "Y1:8000"))
	for i := 1; i < n; i += 2 {
		sessions[i].Y = at(lab, "Y2:8000")
	}
	return len(lab.StillOpen(ctx, lab.AttemptBeside(ctx, "X3", sessions...).Flows()...))
}

// RFC 6888, Section 3, REQ-4. What counts is how many external ports a subscriber has in the
// end. Whether another one is refused, and how, is REQ-11's.
var _ = Describe("RFC 6888 3, REQ-4, a limit of 50 ports:", func() {
	const limit = 50
	lab := NewLab(limited(Limits{Ports: limit}))

	DescribeTable("a subscriber that wants 60 has 50, and so has another,", Requirement("rfc6888.req-4"),
		func(ctx SpecContext, at tables.At) {
			By("X, and then X2, sends from 60 ports to Y1 and Y2, which answer")
			Expect(opens(ctx, lab, at, "X", limit+10)).To(Be(limit), "X must have as many as the limit says")
			Expect(opens(ctx, lab, at, "X2", limit+10)).To(Be(limit), "X2 must have as many of its own")
		}, protocols)
})

// What counts is what a subscriber has at a time.
var _ = Describe("RFC 6888 3, REQ-4, a limit of 30 ports, and timers of 10 seconds:", func() {
	const limit = 30
	setup := limited(Limits{Ports: limit})
	setup.Policy.UDPTimeout, setup.Policy.TCPClosing, setup.Policy.ICMPTimeout = lifetime, lifetime, lifetime
	setup.Policy.TCPOpening = lifetime
	lab := NewLab(setup)
	const stay, closed, reset = "", "closed", "reset"

	DescribeTable("a subscriber whose mappings have ended gets as many again, also if it was refused more,",
		Requirement("rfc6888.req-4"), Waits(2*lifetime), func(ctx SpecContext, at tables.At, end string) {
			By("X opens as many flows to Y1 as it may have ports, and sends from ten ports more")
			y := at(lab, "Y1:8000")
			open := lab.OpenAll(ctx, at(lab, "X:30000").Sessions(limit, y)...)
			lab.PremiseCount(open, limit, "not every port can be used (practice.capacity)")
			lab.Storm(ctx, "X3", at(lab, "X:32000").Sessions(10, y)...)
			switch end {
			case closed:
				lab.CloseAll(ctx, open...)
			case reset:
				lab.ResetAll(ctx, open...)
			}

			By("20 seconds pass, and X sends from as many other ports")
			lab.Idle(ctx, 2*lifetime)
			first := open[0]
			lab.PremiseDead(first.X.HearsBeside(ctx, "X3", y.To(first.Mapping)),
				"mappings outlive the timer that was chosen (rfc4787.req-5b, rfc5382.req-5a, rfc5508.req-2a)")
			again := lab.AttemptBeside(ctx, "X3", at(lab, "X:31000").Sessions(limit, y)...)
			Expect(len(again)).To(Be(limit), "what has ended must not count, nor what was refused")
		},
		Entry("of UDP", tables.At((*Lab).UDP), stay),
		Entry("of TCP, closed", tables.At((*Lab).TCP), closed),
		Entry("of TCP, reset", tables.At((*Lab).TCP), reset),
		Entry("of ICMP", tables.At((*Lab).Echo), stay),
	)

	It("a subscriber whose connections nobody has answered gets as many again", Requirement("rfc6888.req-4"),
		Waits(2*lifetime), func(ctx SpecContext) {
			By("X sends a SYN to Y1 from as many ports as it may have")
			y := lab.TCP("Y1:8000")
			begun := lab.AttemptBeside(ctx, "X3", lab.TCP("X:30000").Sessions(limit, y)...)
			lab.PremiseCount(begun.Flows(), limit, "not every port can be used (practice.capacity-tcp)")

			By("20 seconds pass, and X sends from as many other ports")
			lab.Idle(ctx, 2*lifetime)
			first := begun.Flows()[0]
			lab.PremiseDead(first.X.HearsBeside(ctx, "X3", y.To(first.Mapping)),
				"mappings outlive the timer that was chosen (rfc5382.req-5a)")
			again := lab.AttemptBeside(ctx, "X3", lab.TCP("X:31000").Sessions(limit, y)...)
			Expect(len(again)).To(Be(limit), "what has ended must not count")
		})
})

var _ = Describe("RFC 6888 3, REQ-4 a), a limit of 20 ports:", func() {
	const limit = 20
	lab := NewLab(limited(Limits{Ports: limit}))

	DescribeTable("a subscriber that wants 30 has 20,", Requirement("rfc6888.req-4a"),
		func(ctx SpecContext, at tables.At) {
			By("X sends from 30 ports to Y1 and Y2, which answer")
			Expect(opens(ctx, lab, at, "X", limit+10)).To(Be(limit), "X must have as many as the limit says")
		}, protocols)
})

var _ = Describe("RFC 6888 3, REQ-4 b), limits for each protocol:", func() {
	lab := NewLab(limited(Limits{UDPPorts: 12, TCPPorts: 24, Identifiers: 6}))

	It("a subscriber has 12 ports of UDP, 24 of TCP and 6 identifiers of ICMP", Requirement("rfc6888.req-4b"),
		func(ctx SpecContext) {
			By("X sends from 30 ports each to Y1 and Y2, by UDP, by TCP and by ICMP")
			Expect(opens(ctx, lab, (*Lab).UDP, "X", 30)).To(Be(12), "UDP has a limit of its own")
			Expect(opens(ctx, lab, (*Lab).TCP, "X", 30)).To(Be(24), "TCP has a limit of its own")
			Expect(opens(ctx, lab, (*Lab).Echo, "X", 30)).To(Be(6), "ICMP has a limit of its own")
		})
})

// RFC 6888, Section 3, REQ-4 c). The rate is judged by what gets through of much more than it,
// and of less: as many as every common limiter lets through at once.
var _ = Describe("RFC 6888 3, REQ-4 c), a limit of 20 new mappings a second:", func() {
	const rate, wanted = 20, 300
	lab := NewLab(limited(Limits{MappingRate: rate}))

	DescribeTable("a subscriber that begins 300 at once is held back, and another is not,",
		Requirement("rfc6888.req-4c"), func(ctx SpecContext, at tables.At) {
			x, x2, y := at(lab, "X:30000"), at(lab, "X2:30000"), at(lab, "Y1:8000")

			By("X sends from 300 ports to Y1, as fast as it can")
			storm := lab.Storm(ctx, "X3", x.Sessions(wanted, y)...)
			lab.PremiseStorm(storm, rate)
			Expect(storm).To(BeLimitedTo(rate))

			By("X is silent for a while, and sends from another port")
			Expect(lab.Recovers(ctx, "X3", at(lab, "X:31000").Sessions(recovering, y)...)).To(BeNothing())
			By("X sends from 300 more ports, as fast as it can")
			again := lab.Storm(ctx, "X3", at(lab, "X:32000").Sessions(wanted, y)...)
			lab.PremiseStorm(again, rate)
			Expect(again).To(BeLimitedAgainTo(rate))

			By("X2 sends from 5 ports")
			seen := lab.AttemptBeside(ctx, "X3", x2.Sessions(5, y)...)
			Expect(len(seen)).To(Be(5), "who keeps to the limit must not suffer")
		}, protocols)
})
