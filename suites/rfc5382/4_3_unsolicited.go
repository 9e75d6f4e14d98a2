package rfc5382

import (
	"context"
	"net/netip"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

const (
	// mute is how long REQ-4 has a NAT say nothing.
	mute = 6 * time.Second
	// awhile is how long a refusal is waited for: long after that time is over, and as
	// long as somebody who has sent a SYN still waits.
	awhile = 30 * time.Second
)

// unsolicited are the two kinds of SYN that a NAT does not let in: it returns where
// Y2 sends one. Where the filter lets Y2 into X's mapping nobody is refused, and
// there is no answer to be had, since X says nothing.
var unsolicited = []TableEntry{
	Entry("for want of a mapping", func(_ context.Context, lab *Lab) netip.AddrPort {
		return netip.AddrPortFrom(lab.External[0], 31999)
	}),
	Entry("at a mapping of X's, which has not sent to Y2", func(ctx context.Context, lab *Lab) netip.AddrPort {
		return lab.Open(ctx, lab.TCP("X:31000"), lab.TCP("Y1:8000"), true).Mapping
	}),
}

// RFC 5382, Section 4.3: "A NAT MUST NOT respond to an unsolicited inbound SYN packet
// for at least 6 seconds after the packet is received."
var _ = Describe("RFC 5382 4.3, an unsolicited SYN:", func() {
	lab := NewLab(Setup{})

	DescribeTable("it is not refused within six seconds,", Requirement("rfc5382.req-4"),
		func(ctx SpecContext, target func(context.Context, *Lab) netip.AddrPort) {
			y2 := lab.TCP("Y2:31000")
			syn := y2.To(target(ctx, lab))

			By("Y2:31000 sends a SYN to the NAT, and all but six seconds pass")
			heard := y2.HearsRefusal(ctx, lab.TCP("X:1"), syn, func() {
				lab.TCP("X:31000").Hears(ctx, syn) // whoever has it, the NAT has read it by then
				lab.Idle(ctx, lab.JustBefore(mute))
			})
			Expect(heard).NotTo(BeHeard(), "a SYN of a simultaneous open may be under way")
		},
		unsolicited,
	)

	// "If during this interval the NAT receives and translates an outbound SYN for the
	// connection the NAT MUST silently drop the original unsolicited inbound SYN packet."
	DescribeTable("an outbound SYN within six seconds makes a connection, and nothing is refused,",
		Requirement("rfc5382.req-4-simopen"), func(ctx SpecContext, mapped bool) {
			x, y := lab.TCP("X:31100"), lab.TCP("Y1:31100")
			external := netip.AddrPortFrom(lab.External[0], 31100)
			if mapped {
				external = x.SeenBy(ctx, lab.TCP("Y2:8000"))
			}
			flow, syn := lab.Between(x, y), y.To(external)

			By("Y1:31100 sends a SYN, X:31100 sends its own two seconds later, and Y1:31100 once more")
			var play Play
			refused := y.HearsRefusal(ctx, x, syn, func() {
				lab.Sends(ctx, syn)
				lab.Idle(ctx, 2*time.Second)
				play = flow.Plays(ctx, FromX(SYN), FromY(SYN), FromX(SYN|ACK), FromY(SYN|ACK), FromX(Data), FromY(Data))
				lab.Idle(ctx, awhile)
			})
			lab.PremisePassed(play, "SYNs that cross make no connection (rfc5382.req-2a), so none is met in time")
			if flow.Mapping == external { // else X:31100 has got a port that nobody has called
				Expect(refused).NotTo(BeHeard(), "the SYN that came too early must be dropped without a word")
			}
		},
		Entry("for a mapping that has not sent to Y1", true),
		Entry("for the mapping that is yet to come, where ports are preserved", false),
	)

	// "Otherwise, the NAT SHOULD send an ICMP Port Unreachable error (Type 3, Code 3) for
	// the original SYN". One that comes too early is a matter of the clause above.
	DescribeTable("it is answered by Port Unreachable in the end,", Requirement("rfc5382.req-4-icmp"),
		func(ctx SpecContext, target func(context.Context, *Lab) netip.AddrPort) {
			y2, x := lab.TCP("Y2:31200"), lab.TCP("X:31000")
			syn := y2.To(target(ctx, lab))

			By("Y2:31200 sends a SYN to the NAT, and half a minute passes")
			var inside Heard
			heard := y2.HearsRefusalBy(ctx, x, "ICMP 3/3 (Port Unreachable) about", syn, func() {
				inside = x.Hears(ctx, syn)
				lab.Idle(ctx, awhile)
			})
			if inside.Arrival == nil {
				Expect(heard).To(HaveKind(3, 3), "no SYN from inside has met it, so Y2 must be told")
				Expect(heard).To(QuoteEndsOf(syn))
			}
		},
		unsolicited,
	)
})

// RFC 5382, Section 4.3, REQ-4 a): "The NAT MUST silently drop the original SYN packet
// if sending a response violates the security policy of the NAT."
var _ = Describe("RFC 5382 4.3, an unsolicited SYN where the policy is to be silent:", func() {
	lab := NewLab(Setup{Policy: Policy{Silent: true}})

	DescribeTable("it is never refused,", Requirement("rfc5382.req-4a"),
		func(ctx SpecContext, target func(context.Context, *Lab) netip.AddrPort) {
			y2 := lab.TCP("Y2:31300")
			syn := y2.To(target(ctx, lab))

			By("Y2:31300 sends a SYN to the NAT, and half a minute passes")
			heard := y2.HearsRefusal(ctx, lab.TCP("X:1"), syn, func() {
				lab.TCP("X:31000").Hears(ctx, syn)
				lab.Idle(ctx, awhile)
			})
			Expect(heard).NotTo(BeHeard(), "the policy is to say nothing")
		},
		unsolicited,
	)
})
