package rfc5508

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 5508, Section 3.2. A session is alive while replies still come in. Each is probed
// once, since a probe may itself restart the timer.
var _ = Describe("RFC 5508 3.2, query sessions:", func() {
	lab := NewLab(Setup{})

	DescribeTable("a session lives for a minute,", Requirement("rfc5508.req-2"),
		func(ctx SpecContext, answered bool) {
			By("X:1500 asks Y1")
			flow := lab.OpenSpared(ctx, lab.Echo("X:1500"), lab.Echo("Y1:7"), answered)
			By("nothing is sent until just before a minute is over, then Y1 replies")
			lab.Idle(ctx, lab.JustBefore(time.Minute))
			Expect(flow.Probe(ctx)).To(BeHeard(), "the session must not expire in less than a minute")
		},
		Entry("whose request waits for its reply", false),
		Entry("which has had a reply already", true),
	)

	It("a session lives for a minute from its last request on", Requirement("rfc5508.req-2"), func(ctx SpecContext) {
		By("X:1600 asks Y1, and once more 20 s before a minute is over")
		flow := lab.OpenSpared(ctx, lab.Echo("X:1600"), lab.Echo("Y1:7"), false)
		lab.Idle(ctx, 40*time.Second)
		flow.Each(func(f *Flow) { f.X.SeenBy(ctx, f.Y) })
		By("55 s later, Y1 replies")
		lab.Idle(ctx, 55*time.Second)
		Expect(flow.Probe(ctx)).To(BeHeard(), "a packet must restart the timer")
	})
})

// RFC 5508, Section 3.2, REQ-2 a). A NAT without such a setting is "unsupported".
var _ = Describe("RFC 5508 3.2, configured lifetime of query sessions:", func() {
	lab := NewLab(Setup{Policy: Policy{ICMPTimeout: 10 * time.Second}})

	It("a session lives as long as the administrator has set", Requirement("rfc5508.req-2a"), func(ctx SpecContext) {
		By("X asks Y1 with two identifiers, whose timer is set to 10 s")
		y := lab.Echo("Y1:7")
		young, old := lab.Open(ctx, lab.Echo("X:1700"), y, true), lab.Open(ctx, lab.Echo("X:1701"), y, true)

		By("8 s after the last packet, Y1 replies to the one, and 15 s after it to the other")
		lab.IdleUntil(ctx, 8*time.Second)
		Expect(young.Probe(ctx)).To(BeHeard(), "before its time the session must be alive")
		lab.IdleUntil(ctx, 15*time.Second)
		Expect(old.Probe(ctx)).NotTo(BeHeard(), "after its time the session must be gone")
	})
})
