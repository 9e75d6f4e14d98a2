package rfc5508

import (
	"fmt"
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 5508, Section 7.7. The classes are best effort, one of assured forwarding and
// expedited forwarding; few, since a router limits how many errors it sends.
var _ = Describe("RFC 5508 7.7, the class of the NAT's own errors:", func() {
	const mtu = 1000
	lab := NewLab(Setup{OutsideMTU: mtu})

	DescribeTable("it is that of the packet,", Requirement("rfc5508.req-10d"),
		func(ctx SpecContext, told func(ctx SpecContext, x *Endpoint, p *Packet) Heard) {
			x, y := lab.Echo("X:51300"), lab.Echo("Y1:7")
			x.SeenBy(ctx, y)
			for _, class := range []uint8{0, 10, 46} {
				By(fmt.Sprintf("X sends a request of class %d", class))
				heard := told(ctx, x, x.To(y.Addr()).Class(class<<2))
				lab.Premise(heard, "the NAT does not tell (rfc5508.req-10a-2, s7.1.1), so there is no class")
				Expect(heard.DSCP()).To(Be(DSCP(class)), "the error must have the class of the packet")
			}
		},
		Entry("in Time Exceeded", func(ctx SpecContext, x *Endpoint, p *Packet) Heard {
			return x.HearsExpired(ctx, p.TTL(1))
		}),
		Entry("in Packet Too Big", func(ctx SpecContext, x *Endpoint, p *Packet) Heard {
			return x.HearsTooBig(ctx, p.Size(1400).DontFragment())
		}),
	)
})

// RFC 1812, Sections 4.3.2.7 and 4.3.2.8, which RFC 5508, REQ-10 e) and f) recommend. All
// packets have a TTL of one, with which any other would be complained of.
var _ = Describe("RFC 5508 7, when a NAT sends no errors:", func() {
	lab := NewLab(Setup{})

	DescribeTable("what must not be complained of is not,", Requirement("rfc5508.req-10e"),
		func(ctx SpecContext, unsuitable func(x, y *Endpoint, arrived Arrival) Stimulus) {
			x, y := lab.UDP("X:51400"), lab.UDP("Y1:7")
			_, arrived := received(ctx, lab, udp, 51400)
			lab.Premise(x.HearsExpired(ctx, x.To(y.Addr()).TTL(1)), "the NAT does not tell (rfc5508.req-10a-2)")
			before := lab.OwnErrors()

			s := unsuitable(x, y, arrived)
			By(s.String() + " comes with a TTL of one")
			x.Says(ctx, y, s)
			Expect(lab.OwnErrors() - before).To(BeAtMost(0))
		},
		Entry("an ICMP error", func(_, _ *Endpoint, arrived Arrival) Stimulus {
			return lab.ICMPError("X", 3, 3, 0, arrived).TTL(1)
		}),
		Entry("a fragment that is not the first", func(x, y *Endpoint, _ Arrival) Stimulus {
			return x.To(y.Addr()).TTL(1).LaterFragment()
		}),
		Entry("a packet to a multicast group", func(x, _ *Endpoint, _ Arrival) Stimulus {
			return x.To(netip.MustParseAddrPort("224.0.1.1:7")).TTL(1)
		}),
		Entry("a packet from 0.0.0.0", func(x, y *Endpoint, _ Arrival) Stimulus {
			return x.To(y.Addr()).TTL(1).From(netip.IPv4Unspecified())
		}),
		Entry("a packet from 127.0.0.1", func(x, y *Endpoint, _ Arrival) Stimulus {
			return x.To(y.Addr()).TTL(1).From(netip.MustParseAddr("127.0.0.1"))
		}),
	)

	It("a thousand packets bring fewer errors than a half of that", Requirement("rfc5508.req-10f"),
		func(ctx SpecContext) {
			x, y := lab.UDP("X:51500"), lab.UDP("Y1:7")
			lab.Premise(x.HearsExpired(ctx, x.To(y.Addr()).TTL(1)), "the NAT does not tell (rfc5508.req-10a-2)")

			By("X sends 1,000 packets with a TTL of one at once")
			x.Expires(ctx, y, 1000)
			said := lab.OwnErrors(11)
			lab.Note(fmt.Sprintf("errors about 1,001 packets: %d", said))
			Expect(said).To(BeAtMost(500))
		})
})
