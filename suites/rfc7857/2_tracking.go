package rfc7857

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 7857, Section 2: the state machine of its Figure 1. Which state a connection is in
// shows in its timer, so the timers are set such that they can be told apart soon. A
// connection between the server's SYN and the client's ACK is not looked at: by the
// figure it is established, by RFC 5382 partly open.
var _ = Describe("RFC 7857 2, TCP session tracking:", func() {
	const short, long = 250 * time.Second, 600 * time.Second
	lab := NewLab(Setup{Policy: Policy{TCPOpening: short, TCPEstablished: long, TCPClosing: short}})

	DescribeTable("the timer is the state's,", Requirement("rfc7857.s2"),
		func(ctx SpecContext, lives bool, steps ...Step) {
			flow := lab.BetweenSpared(lab.TCP("X:51000"), lab.TCP("Y1:8000"))
			flow.Each(func(f *Flow) {
				lab.PremisePassed(f.Plays(ctx, steps...), "the connection does not come to that state")
			})

			By("ten seconds after the transitory timer Y1:8000 sends")
			lab.Idle(ctx, short+10*time.Second)
			if lives {
				Expect(flow.Probe(ctx)).To(BeHeard(), "the timer must be that of an established connection")
				return
			}
			Expect(flow.Probe(ctx)).NotTo(BeHeard(), "the timer must be the transitory one")
		},
		Entry("transitory after the client's SYN", false, FromX(SYN)),
		Entry("established after the handshake", true, FromX(SYN), FromY(SYN|ACK), FromX(ACK), FromX(Data), FromY(ACK)),
		Entry("established after the client's FIN", true,
			FromX(SYN), FromY(SYN|ACK), FromX(ACK), FromX(FIN|ACK), FromY(ACK)),
		Entry("established after the server's FIN", true,
			FromX(SYN), FromY(SYN|ACK), FromX(ACK), FromY(FIN|ACK), FromX(ACK)),
		Entry("transitory after both FINs", false,
			FromX(SYN), FromY(SYN|ACK), FromX(ACK), FromX(FIN|ACK), FromY(FIN|ACK), FromX(ACK)),
		Entry("transitory after the server's RST", false,
			FromX(SYN), FromY(SYN|ACK), FromX(ACK), FromX(Data), FromY(RST|ACK)),
		Entry("transitory after the client's RST", false,
			FromX(SYN), FromY(SYN|ACK), FromX(ACK), FromX(Data), FromX(RST|ACK)),
		Entry("established when data follows the server's RST", true,
			FromX(SYN), FromY(SYN|ACK), FromX(ACK), FromY(RST|ACK), FromX(Data), FromY(ACK)),
		Entry("established when data follows the client's RST", true,
			FromX(SYN), FromY(SYN|ACK), FromX(ACK), FromX(RST|ACK), FromY(Data), FromX(ACK)),
	)
})

// RFC 7857, Section 2.1. A NAT that has but one knob is "unsupported".
var _ = Describe("RFC 7857 2.1, two transitory timers:", func() {
	lab := NewLab(Setup{Policy: Policy{TCPOpening: 100 * time.Second, TCPClosing: 200 * time.Second}})

	It("opening and closing connections have each their own", Requirement("rfc7857.s2.1-separate"),
		func(ctx SpecContext) {
			y := lab.TCP("Y1:8000")
			opening, young, old := lab.Open(ctx, lab.TCP("X:51100"), y, false),
				lab.OpenSpared(ctx, lab.TCP("X:51101"), y, true), lab.Open(ctx, lab.TCP("X:51102"), y, true)
			closes := func(f *Flow) {
				lab.PremisePassed(f.Plays(ctx, FromX(FIN|ACK), FromY(FIN|ACK)), "the connection cannot be closed")
			}
			young.Each(closes)
			old.Each(closes)
			By("opening connections may be idle for 100 s, closing ones for 200 s; Y1 sends after 150 and 230")
			lab.IdleUntil(ctx, 150*time.Second)
			if heard := opening.Probe(ctx); heard.Arrival != nil {
				lab.Inconclusive("the opening timer is not what was set (rfc5382.req-5a); " + heard.String())
			}
			Expect(young.Probe(ctx, FromY(FIN|ACK).At(1))).To(BeHeard(), "it must have its own timer")
			lab.IdleUntil(ctx, 230*time.Second)
			Expect(old.Probe(ctx, FromY(FIN|ACK).At(1))).NotTo(BeHeard(), "after its time it must be gone")
		})
})

var _ = Describe("RFC 7857 2.1, a short opening timer:", func() {
	lab := NewLab(Setup{Policy: Policy{TCPOpening: 30 * time.Second}})

	It("a connection that is partly open lives less than four minutes where that is set",
		Requirement("rfc7857.s2.1-less"), func(ctx SpecContext) {
			y := lab.TCP("Y1:8000")
			young, old := lab.OpenSpared(ctx, lab.TCP("X:51200"), y, false), lab.Open(ctx, lab.TCP("X:51201"), y, false)

			By("Y1 answers the one SYN after 25 s and the other after 40")
			lab.IdleUntil(ctx, 25*time.Second)
			Expect(young.Probe(ctx)).To(BeHeard(), "before its time the connection must be alive")
			lab.IdleUntil(ctx, 40*time.Second)
			Expect(old.Probe(ctx)).NotTo(BeHeard(), "after its time the connection must be gone")
		})
})

// RFC 7857, Section 2.2. The RSTs have the number that is due, so that whoever verifies
// them lets them pass.
var _ = Describe("RFC 7857 2.2, TCP RST:", func() {
	lab := NewLab(Setup{})

	DescribeTable("a RST of an established connection is translated,", Requirement("rfc7857.s2.2-translate"),
		func(ctx SpecContext, reset Step) {
			flow := lab.Open(ctx, lab.TCP("X:51300"), lab.TCP("Y1:8000"), true)
			lab.PremisePassed(flow.Plays(ctx, FromX(Data), FromY(ACK)), "the connection carries nothing")
			Expect(flow.Plays(ctx, reset)).To(BePassed())
		},
		Entry("from inside", FromX(RST|ACK)),
		Entry("from inside, without an ACK", FromX(RST)),
		Entry("from outside", FromY(RST|ACK)),
		Entry("from outside, without an ACK", FromY(RST)),
	)

	// "if the first RST message is lost between the NAT and the recipient", the recipient
	// goes on. If it was forged ("off-path attacks"), so does the end that it names.
	DescribeTable("the session is held for four minutes after a RST,", Requirement("rfc7857.s2.2-hold"),
		func(ctx SpecContext, reset, next Step) {
			flow := lab.OpenSpared(ctx, lab.TCP("X:51400"), lab.TCP("Y1:8000"), true)
			flow.Each(func(f *Flow) {
				lab.PremisePassed(f.Plays(ctx, FromX(Data), FromY(ACK), reset),
					"no RST passes (rfc7857.s2.2-translate)")
			})
			By("just before four minutes are over, an end goes on that knows of no RST")
			lab.Idle(ctx, lab.JustBefore(4*time.Minute))
			Expect(flow.ProbeBy(ctx, next)).To(BeHeard(), "the session must be held")
		},
		Entry("from inside", FromX(RST|ACK), FromY(Data)),
		Entry("from outside", FromY(RST|ACK), FromX(Data)),
		Entry("from outside, forged in the name of Y1", FromY(RST|ACK), FromY(Data)),
	)
})

// RFC 7857, Section 2.2: "the NAT has to verify whether received TCP RST packets belong to
// a connection." RFC 9293, Section 3.10.7.4 has the end drop a RST out of its window, so
// the connection goes on. Whether the NAT lets it pass does not matter.
var _ = Describe("RFC 7857 2.2, a TCP RST out of the window:", func() {
	lab := NewLab(Setup{})

	DescribeTable("the connection goes on,", Requirement("rfc7857.s2.2-hold"), func(ctx SpecContext, reset Step) {
		flow := lab.Open(ctx, lab.TCP("X:51350"), lab.TCP("Y1:8000"), true)
		lab.PremisePassed(flow.Plays(ctx, FromX(Data), FromY(Data)), "the connection carries nothing")

		By("a RST is sent whose number is far from what is due")
		flow.ProbeBy(ctx, reset)
		Expect(flow.Plays(ctx, FromX(Data), FromY(Data), FromX(ACK))).To(BePassed())
	},
		Entry("from outside, far ahead", FromY(RST).At(1<<30)),
		Entry("from outside, long past", FromY(RST|ACK).At(-1<<30+1<<32)),
		Entry("from inside, far ahead", FromX(RST).At(1<<30)),
		Entry("from inside, long past", FromX(RST|ACK).At(-1<<30+1<<32)),
	)
})

// RFC 7857, Section 7. A stranger's packet is refused where the filter does not let it in;
// where it does, nothing is refused, and the spec shows no more than that.
var _ = Describe("RFC 7857 7, refused packets from outside:", func() {
	const set = 100 * time.Second
	refused := func(requirement, what string, policy Policy, at func(l *Lab, endpoint string) *Endpoint) {
		Context(what+",", func() {
			lab := NewLab(Setup{Policy: policy})
			It("a packet that the filter refuses does not keep the mapping", Requirement(requirement),
				func(ctx SpecContext) {
					x, y, stranger := at(lab, "X:51500"), at(lab, "Y1:5000"), at(lab, "Y2:5000")
					idle, knocked := lab.Open(ctx, x, y, false), lab.Open(ctx, x.Sibling(51501), y, false)

					By(fmt.Sprintf("Y2 sends to one of two mappings within their %v; Y1 sends after that time", set))
					lab.IdleUntil(ctx, 60*time.Second)
					in := knocked.X.Hears(ctx, stranger.To(knocked.Mapping))
					lab.IdleUntil(ctx, 130*time.Second)
					lab.PremiseDead(idle.Probe(ctx), "a mapping lives longer than was set, so nothing shows")
					if in.Arrival == nil {
						Expect(knocked.Probe(ctx)).NotTo(BeHeard(), "what is refused must not refresh")
					}
				})
		})
	}
	refused("rfc7857.s7", "UDP", Policy{UDPTimeout: set}, (*Lab).UDP)
	refused("rfc7857.s7-tcp", "TCP", Policy{TCPOpening: set}, (*Lab).TCP)
})

// RFC 7857, Section 7.1. A NAT may let what comes in refresh, so the refusal comes later
// than what it refuses, and shows by what it adds to that. A session is held for a
// transitory time after a RST (Section 2.2), so the established timer is longer, and the
// transitory one is left as it is.
var _ = Describe("RFC 7857 7.1, refusals from inside:", func() {
	lab := NewLab(Setup{Policy: Policy{UDPTimeout: 100 * time.Second}})

	It("an ICMP error of the inside host does not keep the mapping", Requirement("rfc7857.s7.1"),
		func(ctx SpecContext) {
			y := lab.UDP("Y1:5000")
			idle, refusing := lab.Open(ctx, lab.UDP("X:51600"), y, true), lab.Open(ctx, lab.UDP("X:51601"), y, true)

			By("Y1 sends to both mappings after 40 s, X refuses one with Port Unreachable after 70; Y1 sends after 155")
			lab.IdleUntil(ctx, 40*time.Second)
			idle.Y.Sends(ctx, idle.Mapping)
			unwanted := refusing.X.Hears(ctx, y.To(refusing.Mapping))
			lab.Premise(unwanted, "the mapping does not live as long as was set, so there is nothing to refuse")
			lab.IdleUntil(ctx, 70*time.Second)
			lab.ICMPError("X", 3, 3, 0, *unwanted.Arrival).Sends(ctx)
			lab.IdleUntil(ctx, 155*time.Second)
			lab.PremiseDead(idle.Probe(ctx), "a mapping lives longer than was set, so nothing shows")
			Expect(refusing.Probe(ctx)).NotTo(BeHeard(), "a refusal must not refresh")
		})
})

var _ = Describe("RFC 7857 7.1, refusals of TCP from inside:", func() {
	lab := NewLab(Setup{Policy: Policy{TCPEstablished: 400 * time.Second}})

	It("an ICMP error of the inside host does not keep the connection", Requirement("rfc7857.s7.1"),
		func(ctx SpecContext) {
			y := lab.TCP("Y1:8000")
			idle, refusing := lab.Open(ctx, lab.TCP("X:51660"), y, true), lab.Open(ctx, lab.TCP("X:51661"), y, true)

			By("Y1 sends on both connections after 60 s, X refuses one by an ICMP error after 200; Y1 sends after 530")
			lab.IdleUntil(ctx, 60*time.Second)
			idle.Y.Sends(ctx, idle.Mapping)
			unwanted := refusing.X.Hears(ctx, y.To(refusing.Mapping))
			lab.Premise(unwanted, "the connection does not live as long as was set, so there is nothing to refuse")
			lab.IdleUntil(ctx, 200*time.Second)
			lab.ICMPError("X", 3, 1, 0, *unwanted.Arrival).Sends(ctx)
			lab.IdleUntil(ctx, 530*time.Second)
			lab.PremiseDead(idle.Probe(ctx), "a connection lives longer than was set, so nothing shows")
			Expect(refusing.Probe(ctx)).NotTo(BeHeard(), "a refusal must not refresh")
		})

	It("a RST of the inside host does not keep the connection", Requirement("rfc7857.s7.1"),
		func(ctx SpecContext) {
			flow := lab.OpenSpared(ctx, lab.TCP("X:51650"), lab.TCP("Y1:8000"), true)
			flow.Each(func(f *Flow) {
				lab.PremisePassed(f.Plays(ctx, FromX(Data), FromY(ACK)), "the connection carries nothing")
			})

			By("Y1 sends after 60 s, X refuses that with a RST after 200, and Y1 sends again after 530")
			lab.IdleUntil(ctx, 60*time.Second)
			flow.Each(func(f *Flow) {
				lab.PremisePassed(f.Plays(ctx, FromY(Data)), "the connection does not live as long as was set")
			})
			lab.IdleUntil(ctx, 200*time.Second)
			flow.Each(func(f *Flow) {
				lab.PremisePassed(f.Plays(ctx, FromX(RST)), "no RST passes (rfc7857.s2.2-translate)")
			})
			lab.IdleUntil(ctx, 530*time.Second)
			Expect(flow.Probe(ctx)).NotTo(BeHeard(), "a refusal must not refresh")
		})
})
