package rfc4787

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 4787, Section 4.3: "the mapping is refreshed", so that a mapping has an age for no
// timer. Y1 is heard before X sends again, so that a mapping which is made anew is none that
// has lived on. An age that a NAT has for a mapping may be hours.
var _ = Describe("RFC 4787 4.3, a mapping in use:", func() {
	const rest, half, hours = 115 * time.Second, 30 * time.Minute, 130 * time.Minute
	lab := NewLab(Setup{})

	DescribeTable("it lives for two minutes after each packet from the inside, and stays the same,",
		Requirement("rfc4787.req-5"),
		func(ctx SpecContext, all time.Duration, before func(context.Context, *Endpoint)) {
			flow := lab.OpenSpared(ctx, lab.UDP("X:46600"), lab.UDP("Y1:5000"), true)
			flow.Each(func(f *Flow) { before(ctx, f.X) })

			By("each time that almost two minutes are over, Y1:5000 sends to the mapping, and X:46600 to Y1:5000")
			const must = "the mapping must live for two minutes after each packet from the inside (it is %.0f s old)"
			for passed := rest; passed <= all; passed += rest {
				lab.Idle(ctx, rest)
				Expect(flow.Probe(ctx)).To(BeHeard(), must, passed.Seconds())
				flow.Each(func(f *Flow) { Expect(f.X.SeenBy(ctx, f.Y)).To(Be(f.Mapping), must, passed.Seconds()) })
			}
		},
		Entry("for half an hour", Waits(half), half, func(context.Context, *Endpoint) {}),
		Entry("for two hours", Waits(hours), hours, func(context.Context, *Endpoint) {}),
		Entry("for half an hour, beside a connection of the same port, which ends", Waits(half), half,
			func(ctx context.Context, x *Endpoint) {
				By("the same address and port has a connection of TCP, which is closed")
				tcp := lab.Between(lab.TCP("X:1").Sibling(x.Addr().Port()), lab.TCP("Y2:8000"))
				whole := tcp.Plays(ctx, FromX(SYN), FromY(SYN|ACK), FromX(ACK), FromX(FIN|ACK), FromY(FIN|ACK))
				lab.PremisePassed(whole, "there is no connection (rfc5382.req-2)")
			}),
	)
})

// REQ-6 is about packets, whatever they carry: a keep-alive is mostly empty, or of one byte
// (RFC 3948, Section 4).
var _ = Describe("RFC 4787 4.3, refresh by short datagrams:", func() {
	lab := NewLab(Setup{})

	DescribeTable("a datagram from the inside keeps the mapping alive,", Requirement("rfc4787.req-6"),
		func(ctx SpecContext, payload []byte) {
			short := func(x, y *Endpoint) *Packet { return x.To(y.Addr()).Bare().Carrying(payload) }
			x, y := lab.UDP("X:46001"), lab.UDP("Y1:5000")
			lab.Premise(y.Hears(ctx, short(x, y)), "none gets out (practice.payload-lengths)")

			refreshed := lab.AcrossLifetime(ctx, x, y, func(flow *Flow) {
				By("X sends once more to Y1")
				lab.Sends(ctx, short(flow.X, flow.Y))
			})
			Expect(refreshed.AtEnd).To(BeHeard(), "outbound refresh must be true for datagrams of every length")
		},
		Entry("of no byte", []byte{}),
		Entry("of one byte", []byte{0xff}),
	)
})

// What is hairpinned goes out by the sender's mapping as well, which X2 answers to. X2 opens
// its own filter beforehand.
var _ = Describe("RFC 4787 6, hairpinned datagrams alone:", func() {
	lab := NewLab(Setup{})

	It("they keep their sender's mapping", Requirement("rfc4787.req-9"), Waits(LongestSearch), func(ctx SpecContext) {
		x2 := lab.UDP("X2:46900")
		refreshed := lab.AcrossLifetime(ctx, lab.UDP("X:46001"), lab.UDP("Y1:5000"), func(flow *Flow) {
			By("X sends to the mapping of X2, which answers when it is asked to")
			external2 := x2.SeenBy(ctx, flow.Y)
			x2.Sends(ctx, flow.Mapping)
			Expect(x2.Hears(ctx, flow.X.To(external2))).To(BeHeard())
			flow.Y = x2
		})
		Expect(refreshed.AtEnd).To(BeHeard(), "outbound refresh must be true for what is hairpinned")
	})
})
