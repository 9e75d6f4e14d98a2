package rfc5382

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// The shortest timers of REQ-5.
const (
	established = 2*time.Hour + 4*time.Minute
	transitory  = 4 * time.Minute
)

// RFC 5382, Section 5. A connection is alive while what one end sends arrives at the
// other. Each flow is probed once, since a probe is a sign of life.
var _ = Describe("RFC 5382 5, idle connections:", func() {
	lab := NewLab(Setup{})

	// "the established connection idle-timeout" begins when both have sent an ACK and ends
	// when both have sent a FIN, so an end may be half closed for as long. What comes from
	// inside shows little where a NAT takes up connections in their middle, and gives them
	// the port that they had; what comes from outside shows that one was abandoned.
	DescribeTable("an established connection lives for two hours and four minutes,",
		Requirement("rfc5382.req-5-est"), func(ctx SpecContext, first Step, before ...Step) {
			By("X:50000 opens a connection to Y1:8000")
			flow := lab.OpenSpared(ctx, lab.TCP("X:50000"), lab.TCP("Y1:8000"), true)
			flow.Each(func(f *Flow) {
				lab.PremisePassed(f.Plays(ctx, before...), "the connection does not get so far")
			})

			By("nothing is sent until just before its time is over")
			lab.Idle(ctx, lab.JustBefore(established))
			Expect(flow.ProbeBy(ctx, first)).To(BeHeard(), "it must not be abandoned")
		},
		Entry("and Y1 speaks first", FromY(Data), FromX(Data), FromY(Data), FromX(ACK)),
		Entry("and X speaks first", FromX(Data), FromX(Data), FromY(Data), FromX(ACK)),
		Entry("half closed by X", FromY(Data), FromX(FIN|ACK), FromY(ACK)),
		Entry("half closed by Y1", FromX(Data), FromY(FIN|ACK), FromX(ACK)),
		Entry("half closed by Y1, which says that its window is open", FromY(ACK), FromY(FIN|ACK), FromX(ACK)),
	)

	use := []Step{
		FromX(SYN), FromY(SYN | ACK), FromX(ACK), FromX(Data).Carrying("a request"),
		FromY(Data).Carrying("an answer"), FromX(ACK),
	}
	another := func(ctx context.Context, x *Endpoint, last ...Step) {
		GinkgoHelper()
		By(fmt.Sprintf("%s has another connection, to Y2:8000, which ends", x))
		lab.PremisePassed(lab.Between(x, lab.TCP("Y2:8000")).Plays(ctx, append(use[:len(use):len(use)], last...)...),
			"there is no other connection")
	}

	// Neither how it has begun matters, nor what became of others, though a NAT may keep its
	// states by ports alone.
	DescribeTable("an established connection lives for two hours and four minutes, also",
		Requirement("rfc5382.req-5-est"), func(ctx SpecContext, begin func(context.Context, *Flow)) {
			flow := lab.BetweenSpared(lab.TCP("X:50060"), lab.TCP("Y1:8000"))
			flow.Each(func(f *Flow) { begin(ctx, f) })

			By("nothing is sent until just before its time is over, then Y1:8000 sends")
			lab.Idle(ctx, lab.JustBefore(established))
			Expect(flow.Probe(ctx, FromY(Data))).To(BeHeard(), "it must not be abandoned")
		},
		Entry("where SYNs have crossed", func(ctx context.Context, f *Flow) {
			lab.PremisePassed(f.Plays(ctx, crossing()...), "there is no such connection (rfc5382.req-2a)")
		}),
		Entry("where its ends have closed another before", func(ctx context.Context, f *Flow) {
			lab.PremisePassed(f.Plays(ctx, plain(FromX, FromY)...), "there is no connection")
			f.Forgets()
			lab.PremisePassed(f.Plays(ctx, use...), "there is no second connection (rfc5382.req-2)")
		}),
		Entry("where another one of X's endpoint is reset", func(ctx context.Context, f *Flow) {
			lab.PremisePassed(f.Plays(ctx, use...), "there is no connection")
			another(ctx, f.X, FromX(RST|ACK))
		}),
		Entry("where another one of X's endpoint is closed", func(ctx context.Context, f *Flow) {
			lab.PremisePassed(f.Plays(ctx, use...), "there is no connection")
			another(ctx, f.X, FromX(FIN|ACK), FromY(FIN|ACK), FromX(ACK))
		}),
		Entry("where the same port's mapping of UDP has ended", func(ctx context.Context, f *Flow) {
			By("X sends a datagram from the port of the connection, and the connection is the one in use")
			lab.UDP("X:1").Sibling(f.X.Addr().Port()).SeenBy(ctx, lab.UDP("Y1:8000"))
			lab.PremisePassed(f.Plays(ctx, use...), "there is no connection")
		}),
		Entry("where one of X2's endpoint with that port is closed", func(ctx context.Context, f *Flow) {
			lab.PremisePassed(f.Plays(ctx, use...), "there is no connection")
			another(ctx, lab.TCP(fmt.Sprintf("X2:%d", f.X.Addr().Port())), FromX(FIN|ACK), FromY(FIN|ACK), FromX(ACK))
		}),
	)

	It("a connection that is partly open lives for four minutes", Requirement("rfc5382.req-5-trans"),
		func(ctx SpecContext) {
			By("X:50100 sends a SYN to Y1:8000, which answers just before four minutes are over")
			flow := lab.OpenSpared(ctx, lab.TCP("X:50100"), lab.TCP("Y1:8000"), false)
			lab.Idle(ctx, lab.JustBefore(transitory))
			Expect(flow.Probe(ctx)).To(BeHeard(), "the SYN-ACK must arrive")
		})

	DescribeTable("a connection whose handshake waits for its end lives for four minutes,",
		Requirement("rfc5382.req-5-trans"), func(ctx SpecContext, first Step, before ...Step) {
			By("X:50110 and Y1:8000 exchange SYNs, and go on just before four minutes are over")
			flow := lab.OpenSpared(ctx, lab.TCP("X:50110"), lab.TCP("Y1:8000"), false)
			flow.Each(func(f *Flow) {
				lab.PremisePassed(f.Plays(ctx, before...), "there is no answer to wait after")
			})
			lab.Idle(ctx, lab.JustBefore(transitory))
			Expect(flow.ProbeBy(ctx, first)).To(BeHeard(), "the handshake must come to its end")
		},
		Entry("and X acknowledges", FromX(ACK), FromY(SYN|ACK)),
		Entry("and Y1 repeats its SYN-ACK once more", FromY(SYN|ACK), FromY(SYN|ACK), FromY(SYN|ACK)),
	)

	// TIME_WAIT is not asked for, so the last ACK is yet to come (CLOSING and LAST_ACK).
	DescribeTable("a connection that both ends have finished waits for the last acknowledgment for four minutes,",
		Requirement("rfc5382.req-5-trans"), func(ctx SpecContext, again, last Step, fins ...Step) {
			By("X:50120 and Y1:8000 send a FIN each, and one repeats its own just before four minutes are over")
			flow := lab.OpenSpared(ctx, lab.TCP("X:50120"), lab.TCP("Y1:8000"), true)
			flow.Each(func(f *Flow) {
				lab.PremisePassed(f.Plays(ctx, fins...), "the connection cannot be closed")
			})
			lab.Idle(ctx, lab.JustBefore(transitory))
			Expect(flow.ProbeBy(ctx, again.At(1))).To(BeHeard(), "the FIN must arrive")
			Expect(flow.Plays(ctx, last)).To(BePassed(), "its acknowledgment must arrive")
		},
		Entry("of X", FromY(FIN|ACK), FromX(ACK), FromX(FIN|ACK), FromY(FIN|ACK)),
		Entry("of Y1", FromX(FIN|ACK), FromY(ACK), FromY(FIN|ACK), FromX(FIN|ACK)),
		Entry("of both", FromY(FIN|ACK), FromX(ACK), FromX(FIN|ACK).Acking(1), FromY(FIN|ACK).Acking(1)),
	)

	// The section lets a NAT abandon connections that are idle. One in use is not; which
	// segments count it does not say, and data does in any reading. It is acknowledged,
	// since an end that gets no answer is not at rest.
	DescribeTable("a connection in which something is sent before its time is over lives on,",
		Requirement("rfc5382.req-5"), func(ctx SpecContext, use ...Step) {
			flow := lab.OpenSpared(ctx, lab.TCP("X:50200"), lab.TCP("Y1:8000"), true)

			By("when nine tenths of the time are over there is data, and after as long again Y1 sends")
			lab.Idle(ctx, established*9/10)
			flow.Each(func(f *Flow) {
				lab.PremisePassed(f.Plays(ctx, use...), "the connection does not live as long (rfc5382.req-5-est)")
			})
			lab.Idle(ctx, established*9/10)
			Expect(flow.Probe(ctx)).To(BeHeard(), "it is not idle, and must not be abandoned")
		},
		Entry("from inside", FromX(Data), FromY(ACK)),
		Entry("from outside", FromY(Data), FromX(ACK)),
	)
})

// RFC 5382, Section 4.2: a port that served a connection serves the next to the same
// peer. RFC 9293, Section 3.6.1 lets a SYN with a higher number end TIME-WAIT.
var _ = Describe("RFC 5382 5, connections that follow one another:", func() {
	lab := NewLab(Setup{})

	DescribeTable("the same ends have another connection,", Requirement("rfc5382.req-2"),
		func(ctx SpecContext, later time.Duration) {
			By(fmt.Sprintf("X:50300 and Y1:8000 close a connection, and have another one %v later", later))
			flow := lab.Between(lab.TCP("X:50300"), lab.TCP("Y1:8000"))
			lab.PremisePassed(flow.Plays(ctx, plain(FromX, FromY)...), "there is no first connection")
			lab.Idle(ctx, later)
			next := lab.Between(flow.X, flow.Y)
			flow.Forgets()
			Expect(next.Plays(ctx, plain(FromX, FromY)...)).To(BeCarried())
		},
		Entry("at once", time.Duration(0)),
		Entry("in TIME-WAIT", Waits(time.Minute), time.Minute),
		Entry("after all timers", Waits(5*time.Minute), 5*time.Minute),
	)
})

// RFC 5382, Section 5: "A NAT MAY hold state for a connection in TIME_WAIT state to
// accommodate retransmissions of the last ACK." By one reading nothing is asked for: a
// NAT that holds no state loses the FIN that is repeated, and that is sound. By the other,
// one that lets the FIN in holds state, and the ACK is what it holds it for.
var _ = Describe("RFC 5382 5, connections in TIME-WAIT:", func() {
	lab := NewLab(Setup{})

	DescribeTable("a FIN that is repeated brings the last acknowledgment again, or does not arrive,",
		Requirement("rfc5382.s5-timewait"), func(ctx SpecContext, later time.Duration) {
			By("X:50350 and Y1:8000 close a connection, X first")
			flow := lab.Open(ctx, lab.TCP("X:50350"), lab.TCP("Y1:8000"), true)
			lab.PremisePassed(flow.Plays(ctx, FromX(FIN|ACK), FromY(ACK), FromY(FIN|ACK), FromX(ACK)),
				"the connection cannot be closed (rfc5382.req-2)")
			lab.Idle(ctx, later)

			By("Y1 repeats its FIN, as if the last acknowledgment had been lost")
			if again := flow.Probe(ctx, FromY(FIN|ACK).At(1)); again.Arrival == nil {
				lab.Note(fmt.Sprintf("the state of a closed connection is not held for %v", later))
				return
			}
			lab.Note(fmt.Sprintf("the state of a closed connection is held for %v", later))
			Expect(flow.Plays(ctx, FromX(ACK))).To(BePassed())
		},
		Entry("at once", time.Duration(0)),
		Entry("after a minute", Waits(time.Minute), time.Minute),
		Entry("just before four minutes are over", Waits(4*time.Minute), 4*time.Minute-time.Second),
	)
})

// RFC 5382, Section 5, on a segment for which there is no mapping: "The decision to
// either silently drop such packets or to respond with a TCP RST packet is left up to the
// implementation." By one reading that is all that a NAT may do, by the other "left
// unspecified" lets it take the connection up in its middle, as Linux does. From where it
// was, that harms nobody. From elsewhere, the peer gets data of a connection that it does
// not know, and its RST ends the one that it does know.
var _ = Describe("RFC 5382 5, connections that were abandoned:", func() {
	const set = 5 * time.Minute
	lab := NewLab(Setup{Policy: Policy{TCPEstablished: set}})

	It("data of an abandoned connection leaves from no other endpoint", Requirement("rfc5382.s5-abandon"),
		func(ctx SpecContext) {
			By("X:50450 and Y1:8000 have a connection, which is idle for longer than is set")
			flow := lab.OpenSpared(ctx, lab.TCP("X:50450"), lab.TCP("Y1:8000"), true)
			flow.Each(func(f *Flow) {
				lab.PremisePassed(f.Plays(ctx, FromX(Data), FromY(ACK)), "the connection carries nothing")
			})
			lab.Idle(ctx, set+20*time.Second)
			lab.PremiseDead(flow.Probe(ctx), "the connection is not abandoned (rfc5382.req-5a)")

			By("X:50450 goes on")
			data := flow.Y.Hears(ctx, flow.X.Sending(FromX(Data).Segment, flow))
			if data.Arrival == nil {
				lab.Note("what an abandoned connection goes on with does not leave")
				return
			}
			Expect(data).To(BeHeardFrom(flow.Mapping), "what is taken up must come from where it was")
		})
})

// RFC 5382, Section 5, REQ-5 a). A NAT without such a knob is "unsupported".
var _ = Describe("RFC 5382 5, configured idle timeouts:", func() {
	const set = 5 * time.Minute
	configured := func(state string, policy Policy, open func(context.Context, *Lab, *Endpoint) *Flow) {
		Context(state+",", func() {
			lab := NewLab(Setup{Policy: policy})
			It("a connection lives as long as the administrator has set", Requirement("rfc5382.req-5a"),
				func(ctx SpecContext) {
					By("X has two connections to Y1:8000, whose timer is set to five minutes")
					young, old := open(ctx, lab, lab.TCP("X:50400")), open(ctx, lab, lab.TCP("X:50401"))

					By("ten seconds before that time is over Y1 sends in the one, and twenty after it in the other")
					lab.IdleUntil(ctx, set-10*time.Second)
					Expect(young.Probe(ctx)).To(BeHeard(), "before its time the connection must be alive")
					lab.IdleUntil(ctx, set+20*time.Second)
					Expect(old.Probe(ctx)).NotTo(BeHeard(), "after its time the connection must be gone")
					old.NoteDead(ctx)
				})
		})
	}
	configured("partly open", Policy{TCPOpening: set}, func(ctx context.Context, lab *Lab, x *Endpoint) *Flow {
		return lab.OpenSpared(ctx, x, lab.TCP("Y1:8000"), false)
	})
	configured("established", Policy{TCPEstablished: set}, func(ctx context.Context, lab *Lab, x *Endpoint) *Flow {
		flow := lab.OpenSpared(ctx, x, lab.TCP("Y1:8000"), true)
		flow.Each(func(f *Flow) { f.Plays(ctx, FromX(Data), FromY(ACK)) })
		return flow
	})
	configured("closing", Policy{TCPClosing: set}, func(ctx context.Context, lab *Lab, x *Endpoint) *Flow {
		flow := lab.OpenSpared(ctx, x, lab.TCP("Y1:8000"), true)
		flow.Each(func(f *Flow) { f.Plays(ctx, FromX(FIN|ACK), FromY(FIN|ACK)) })
		return flow
	})
})
