package rfc5508

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 5508, Section 3.1. "A Query Id is used by Query senders and responders as the
// equivalent of a TCP/UDP port", so that X:x is host X with the identifier x, and what is
// asked of ports elsewhere is asked of identifiers here. Y1:7 is host Y1: who is asked has
// no identifier of its own.
var _ = Describe("RFC 5508 3.1, ICMP queries, whose identifiers stand for ports:", func() {
	lab := NewLab(Setup{})

	DescribeTable("an echo request goes out, and its reply comes back to X:x,", Requirement("rfc5508.req-1"),
		func(ctx SpecContext, bytes int) {
			x, y := lab.Echo("X:1234"), lab.Echo("Y1:7")
			for range 3 {
				By("X:x sends a request, and Y1 replies")
				asked := y.Hears(ctx, x.To(y.Addr()).Exactly(bytes))
				Expect(asked).To(BeHeard())
				Expect(x.Hears(ctx, y.To(asked.Source()).Exactly(bytes))).To(BeHeard())
			}
		},
		Entry("without data", 0),
		Entry("with 56 bytes, as ping sends them", 56),
		Entry("with 1,472 bytes, which fill the link", 1472),
	)

	It("requests and replies of every size pass", Requirement("rfc5508.req-1"), func(ctx SpecContext) {
		By("X sends requests of many sizes, and Y1 replies")
		x, y := lab.Echo("X:1236"), lab.Echo("Y1:7")
		var lost Lost
		for _, n := range []int{1, 2, 8, 18, 32, 64, 100, 300, 548, 1000, 1252, 1392, 1452, 1471} {
			asked := Insist(func() Heard { GinkgoHelper(); return y.Hears(ctx, x.To(y.Addr()).Exactly(n)) })
			lost = lost.Unless(asked, "a request of %d bytes", n)
			if asked.Arrival != nil {
				replied := Insist(func() Heard { GinkgoHelper(); return x.Hears(ctx, y.To(asked.Source()).Exactly(n)) })
				lost = lost.Unless(replied, "a reply of %d bytes", n)
			}
		}
		Expect(lost).To(BeNothing())
	})

	It("a host that asks every second for two minutes is answered all the time", Requirement("rfc5508.req-1"),
		Waits(2*time.Minute), func(ctx SpecContext) {
			x, y := lab.Echo("X:1235"), lab.Echo("Y1:7")
			var lost Lost
			for i := range 120 {
				replied := Insist(func() Heard { GinkgoHelper(); return lab.Exchange(ctx, x, y) })
				lost = lost.Unless(replied, "request %d of 120 with one identifier, or its reply", i+1)
				lab.Idle(ctx, time.Second)
			}
			Expect(lost).To(BeNothing())
		})

	It("the lowest and the highest identifiers and sequence numbers serve as any other",
		Requirement("practice.edge-ports"), func(ctx SpecContext) {
			By("X sends requests with each, and Y1 replies")
			y := lab.Echo("Y1:7")
			var lost Lost
			for _, id := range []uint16{0, 1, 0x8000, 65535} {
				for _, seq := range []uint16{0, 1, 0x8000, 65535} {
					x := lab.Echo("X:1").Sibling(id)
					asked := Insist(func() Heard { GinkgoHelper(); return y.Hears(ctx, x.To(y.Addr()).WithID(seq)) })
					lost = lost.Unless(asked, "identifier %d, sequence number %d, from X", id, seq)
					if asked.Arrival != nil {
						replied := Insist(func() Heard {
							GinkgoHelper()
							return x.Hears(ctx, y.To(asked.Source()).Replying().WithID(seq))
						})
						lost = lost.Unless(replied, "identifier %d, sequence number %d, to X", id, seq)
					}
				}
			}
			Expect(lost).To(BeNothing())
		})

	tables.EdgeHeaders(lab, (*Lab).Echo, "practice.edge-headers")
	tables.Fragmented(lab, (*Lab).Echo, "rfc5508.req-1")
	tables.PeersAsSources(lab, (*Lab).Echo, "rfc5508.req-1")
	tables.PortOverloading(lab, (*Lab).Echo, "rfc5508.req-1", 40000)
	tables.Mapping(lab, (*Lab).Echo, "rfc5508.req-1a")
	tables.FlowCapacity(lab, (*Lab).Echo, "practice.capacity-queries")
})
