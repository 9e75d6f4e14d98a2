package rfc4787

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// most is how long mappings are idle here: there are many of them, which takes a while.
const most = 2*time.Minute - 10*time.Second

// RFC 4787, Section 4.3, REQ-5: what shortens a mapping's life is toward a well-known port, and
// nothing else is.
var _ = Describe("RFC 4787 4.3, mappings of all kinds:", func() {
	lab := NewLab(Setup{})

	It("each lives for two minutes without traffic, whatever its ends are", Requirement("rfc4787.req-5"),
		func(ctx SpecContext) {
			kinds := []struct{ name, x, y string }{
				{"of a high port", "X:60001", "Y1:5000"}, {"of an odd port", "X:45071", "Y1:5000"},
				{"of a third host", "X3:45072", "Y1:5000"}, {"toward a high port", "X:45074", "Y1:50000"},
				{"toward the highest port", "X:45076", "Y1:65535"}, {"between equal ports", "X:5004", "Y1:5004"},
				{"toward the port of STUN", "X:45078", "Y1:3478"}, {"toward the port of SSDP", "X:45080", "Y1:1900"},
				{"toward the port of WireGuard", "X:45082", "Y1:51820"},
			}
			By("X and X3 open mappings, which are answered; nothing is sent until shortly before two minutes are over")
			var flows []*Flow
			for _, kind := range kinds {
				flows = append(flows, lab.OpenSpared(ctx, lab.UDP(kind.x), lab.UDP(kind.y), true))
			}
			lab.Idle(ctx, most)
			var lost Lost
			for i, kind := range kinds {
				lost = lost.Unless(alive(ctx, flows[i]), "what came in by the mapping %s", kind.name)
			}
			Expect(lost).To(BeNothing(), "no mapping must expire in less than two minutes")
		})

	It("each lives for two minutes without traffic, whatever it has met", Requirement("rfc4787.req-5"),
		func(ctx SpecContext) {
			events := append(tables.Events[:len(tables.Events):len(tables.Events)], fragmented, another)
			var flows []*Flow
			for i, event := range events {
				flow := lab.OpenSpared(ctx, lab.UDPAt("X", 45600+uint16(i)), lab.UDP("Y1:5000"), true)
				By("a mapping of X has met: " + event.Name)
				flow.Each(func(f *Flow) { event.Happens(ctx, lab, (*Lab).UDP, f) })
				flows = append(flows, flow)
			}
			By("nothing is sent until shortly before two minutes are over, then Y1:5000 sends to each mapping")
			lab.Idle(ctx, most)
			var lost Lost
			for i, event := range events {
				lost = lost.Unless(alive(ctx, flows[i]), "what came in by the mapping that has met %s", event.Name)
			}
			Expect(lost).To(BeNothing(), "no mapping must expire in less than two minutes")
		})

	It("a mapping is the same after 600 datagrams each way", Requirement("rfc4787.req-5"), func(ctx SpecContext) {
		flow := lab.Open(ctx, lab.UDP("X:45660"), lab.UDP("Y1:5000"), true)
		By("X:45660 and Y1:5000 send 600 datagrams each")
		var sessions []Session
		var flows []*Flow
		for range 600 {
			sessions = append(sessions, Session{X: flow.X, Y: flow.Y})
			flows = append(flows, flow)
		}
		seen := lab.Attempt(ctx, sessions...)
		for _, s := range seen {
			Expect(s.Source).To(Be(flow.Mapping))
		}
		Expect(len(seen)).To(Be(len(sessions)), "each datagram must arrive")
		Expect(len(lab.StillOpen(ctx, flows...))).To(Be(len(flows)), "each datagram must arrive")
		Expect(flow.X.SeenBy(ctx, flow.Y)).To(Be(flow.Mapping))
	})
})

// alive reports what comes in by a mapping. Who is dead stays so, whoever sends there.
func alive(ctx context.Context, f *Flow) Heard {
	GinkgoHelper()
	return Insist(func() Heard { GinkgoHelper(); return f.Probe(ctx) })
}

// fragmented and another are events of datagrams.
var (
	fragmented = tables.Event{
		Name: "fragments both ways", Happens: func(ctx context.Context, lab *Lab, _ tables.At, f *Flow) {
			lab.Sends(ctx, f.X.To(f.Y.Addr()).Size(2000).InFragments(1480))
			lab.Sends(ctx, f.Y.To(f.Mapping).Size(2000).InFragments(1480))
		},
	}
	another = tables.Event{
		Name: "a second peer that answers", Happens: func(ctx context.Context, lab *Lab, _ tables.At, f *Flow) {
			lab.Open(ctx, f.X, lab.UDP("Y3:5000"), true)
		},
	}
)

// A mapping that is made anew is a mapping like the first. The timer is set, so that the first
// ends soon.
var _ = Describe("RFC 4787 4.3, mappings that follow one another:", func() {
	const set = 2*time.Minute + 10*time.Second
	lab := NewLab(Setup{Policy: Policy{UDPTimeout: set}})

	It("the second of an endpoint lives for two minutes without traffic",
		Requirement("rfc4787.req-5"), Waits(5*time.Minute), func(ctx SpecContext) {
			x, y := lab.UDP("X:45690"), lab.UDP("Y1:5000")
			first := lab.OpenSpared(ctx, x, y, true)
			By(fmt.Sprintf("the mapping of X:45690 is idle for longer than the %v that are set", set))
			lab.Idle(ctx, set+20*time.Second)
			lab.PremiseDead(first.Probe(ctx), "the mapping lives longer than was set (rfc4787.req-5b)")

			By("X:45690 sends again, and nothing more until shortly before two minutes are over")
			second := lab.OpenSpared(ctx, x, y, true)
			lab.Idle(ctx, most)
			Expect(second.Probe(ctx)).To(BeHeard(), "the mapping must not expire in less than two minutes")
		})
})
