package rfc4787

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 4787, Section 4.3. A mapping is alive while what its peer sends still
// comes in. The probe is inbound and each flow is probed once, since a probe may
// itself refresh the timer.
var _ = Describe("RFC 4787 4.3, mapping lifetime:", func() {
	lab := NewLab(Setup{})

	// Both flows are idle mappings all the same: the RFC knows no shorter timer for
	// one that was never answered.
	DescribeTable("a mapping lives for two minutes without traffic,", Requirement("rfc4787.req-5"),
		func(ctx SpecContext, answered bool) {
			By("X:45000 sends to Y1:5000")
			flow := lab.OpenSpared(ctx, lab.UDP("X:45000"), lab.UDP("Y1:5000"), answered)
			By("nothing is sent until just before two minutes are over, then Y1:5000 sends to the mapping")
			lab.Idle(ctx, lab.JustBefore(2*time.Minute))
			Expect(flow.Probe(ctx)).To(BeHeard(), "the mapping must not expire in less than two minutes")
		},
		Entry("after one packet and its answer", true),
		Entry("after one packet that was not answered", false),
	)

	// What the rule says of mappings it says of every one.
	DescribeTable("a mapping lives for two minutes without traffic, whichever it is,", Requirement("rfc4787.req-5"),
		func(ctx SpecContext, x, y string, before func(context.Context)) {
			before(ctx)
			By(x + " sends to " + y + ", which answers")
			flow := lab.OpenSpared(ctx, lab.UDP(x), lab.UDP(y), true)
			By("nothing is sent until just before two minutes are over, then " + y + " sends to the mapping")
			lab.Idle(ctx, lab.JustBefore(2*time.Minute))
			Expect(flow.Probe(ctx)).To(BeHeard(), "the mapping must not expire in less than two minutes")
		},
		Entry("of a port that another host holds", "X2:45020", "Y1:5000", func(ctx context.Context) {
			By("X:45020 sends to Y1:5000")
			lab.UDP("X:45020").SeenBy(ctx, lab.UDP("Y1:5000"))
		}),
		Entry("of a well-known port", "X:512", "Y1:5000", func(context.Context) {}),
		Entry("toward a service's port above 1023", "X:45030", "Y1:5060", func(context.Context) {}),
		Entry("beside 600 others", Crowd, "X:45040", "Y1:5000", func(ctx context.Context) {
			By("600 endpoints of X2 and X3 send to Y1:5000")
			lab.SeenInAll(ctx, lab.Sessions("X2", 20000, 300, lab.UDP("Y1:5000"))...)
			lab.SeenInAll(ctx, lab.Sessions("X3", 30000, 300, lab.UDP("Y1:5000"))...)
		}),
	)

	// On a flow in full use, where a NAT has its longest timer.
	It("a mapping lives for five minutes by default", Requirement("rfc4787.req-5c"), func(ctx SpecContext) {
		By("X:45100 and Y1:5000 exchange three packets each")
		x, y := lab.UDP("X:45100"), lab.UDP("Y1:5000")
		flow := lab.OpenSpared(ctx, x, y, true)
		for range 2 {
			lab.OpenSpared(ctx, x, y, true)
		}
		By("nothing is sent until just before five minutes are over, then Y1:5000 sends to the mapping")
		lab.Idle(ctx, lab.JustBefore(5*time.Minute))
		Expect(flow.Probe(ctx)).To(BeHeard(), "a default of five minutes or more is recommended")
	})

	// The exception is for "specific destination ports in the well-known port range":
	// a mapping that also serves another port may not be shortened by it. Where a
	// mapping toward the other port alone is short-lived, that is REQ-5's matter, so
	// what counts is that the shared mapping lives as long as the other.
	It("a shorter timer for well-known ports does not reach a mapping that serves others",
		Requirement("rfc4787.req-5a"), func(ctx SpecContext) {
			instants := []time.Duration{25 * time.Second, 50 * time.Second, 85 * time.Second, 119 * time.Second}
			By("X opens pairs of mappings to Y1:5000; one of each pair also sends to Y1:53")
			var alone, shared []*Flow
			y := lab.UDP("Y1:5000")
			for i := range instants {
				alone = append(alone, lab.OpenSpared(ctx, lab.UDPAt("X", uint16(45200+i)), y, true))
				both := lab.OpenSpared(ctx, lab.UDPAt("X", uint16(45300+i)), y, true)
				both.Each(func(flow *Flow) { flow.X.SeenBy(ctx, lab.UDP("Y1:53")) })
				shared = append(shared, both)
			}
			wellKnown := lab.OpenEach(ctx, lab.UDP("X:45400"), y, 53, 69, 123, 161, 500)

			var aliveAlone, aliveShared []time.Duration
			for i, at := range instants {
				By(fmt.Sprintf("%.0f s after the last packet, Y1:5000 sends to both mappings", at.Seconds()))
				lab.IdleUntil(ctx, at)
				if alone[i].Probe(ctx).Arrival != nil {
					aliveAlone = append(aliveAlone, at)
				}
				if shared[i].Probe(ctx).Arrival != nil {
					aliveShared = append(aliveShared, at)
				}
			}
			By("the mappings toward well-known ports alone are probed for the record")
			for _, flow := range wellKnown {
				flow.Probe(ctx)
			}
			Expect(aliveShared).To(Include(aliveAlone), "the shared mapping must be alive after what time the other is")
		})
})

// RFC 4787, Section 4.3, REQ-5 b). A NAT without such a knob is "unsupported".
var _ = Describe("RFC 4787 4.3, configured mapping lifetime:", func() {
	lab := NewLab(Setup{Policy: Policy{UDPTimeout: 10 * time.Second}})

	It("a mapping lives as long as the administrator has set", Requirement("rfc4787.req-5b"), func(ctx SpecContext) {
		By("X opens two mappings to Y1:5000, whose timer is set to 10 s")
		y := lab.UDP("Y1:5000")
		young, old := lab.Open(ctx, lab.UDP("X:45500"), y, true), lab.Open(ctx, lab.UDP("X:45501"), y, true)

		By("8 s after the last packet, Y1:5000 sends to the one, and 15 s after it to the other")
		lab.IdleUntil(ctx, 8*time.Second)
		Expect(young.Probe(ctx)).To(BeHeard(), "before its time the mapping must be alive")
		lab.IdleUntil(ctx, 15*time.Second)
		Expect(old.Probe(ctx)).NotTo(BeHeard(), "after its time the mapping must be gone")
	})
})

// RFC 4787, Section 4.3, on what keeps a mapping alive. The lifetime T is not
// known beforehand, so flows are opened for a series of windows, each from r to
// p with p < 2r. In the one with r < T < p an idle mapping is alive at r and
// dead at p, and one that was refreshed at r is alive at p.
var _ = Describe("RFC 4787 4.3, mapping refresh:", func() {
	lab := NewLab(Setup{})

	It("a packet from the inside keeps the mapping alive", Requirement("rfc4787.req-6"), func(ctx SpecContext) {
		By("X opens flows to Y1:5000 from fresh ports")
		refreshed := lab.AcrossLifetime(ctx, lab.UDP("X:46001"), lab.UDP("Y1:5000"), func(flow *Flow) {
			By("X sends to Y1 once more, and nobody answers")
			flow.X.Sends(ctx, flow.Y.Addr())
		})
		Expect(refreshed.AtEnd).To(BeHeard(), "outbound refresh must be true")
	})

	// The timer is the mapping's, whomever it is used for. The new peer is the one to
	// answer, since the filter may have forgotten the first.
	It("a packet to another peer keeps the mapping alive", Requirement("rfc4787.req-6"), func(ctx SpecContext) {
		other := lab.UDP("Y2:5000")
		refreshed := lab.AcrossLifetime(ctx, lab.UDP("X:46001"), lab.UDP("Y1:5000"), func(flow *Flow) {
			By("X sends to Y2, which answers when it is asked to")
			flow.Mapping, flow.Y = flow.X.SeenBy(ctx, other), other
		})
		Expect(refreshed.AtEnd).To(BeHeard(), "outbound refresh must be true for each peer")
	})

	// The flows of all windows are among the endpoints.
	It("a packet from the inside keeps a mapping alive that has carried many", Requirement("rfc4787.req-6"),
		func(ctx SpecContext) {
			By("64 endpoints of X send six packets each to Y1")
			y := lab.UDP("Y1:5000")
			for range 6 {
				lab.SeenInAll(ctx, lab.Sessions("X", 46001, 64, y)...)
			}
			refreshed := lab.AcrossLifetime(ctx, lab.UDP("X:46001"), y, func(flow *Flow) {
				By("X sends to Y1 once more, and nobody answers")
				flow.X.Sends(ctx, flow.Y.Addr())
			})
			Expect(refreshed.AtEnd).To(BeHeard(), "outbound refresh must be true for each packet")
		})

	// Either behavior conforms, "True" or "False". What no reading allows is that the
	// packet costs the mapping some of its life.
	It("a packet from the outside keeps the mapping alive or leaves its timer alone",
		Requirement("rfc4787.req-6a"), func(ctx SpecContext) {
			By("X opens flows to Y1:5000 from fresh ports")
			refreshed := lab.AcrossLifetime(ctx, lab.UDP("X:46001"), lab.UDP("Y1:5000"), func(flow *Flow) {
				By("Y1 sends to the mapping, and X does not answer")
				flow.Y.Sends(ctx, flow.Mapping)
			})
			lab.Note(fmt.Sprintf("inbound refresh: %t", refreshed.AtEnd.Arrival != nil))
			Expect(refreshed.Early).To(BeHeard(), "an inbound packet must not shorten the mapping's life")
		})
})
