package rfc5508

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// A protocol makes the endpoint of a name.
type protocol = func(lab *Lab, endpoint string) *Endpoint

var udp, tcp, echo protocol = (*Lab).UDP, (*Lab).TCP, (*Lab).Echo

const notRelayed = "no error is relayed (rfc4787.req-12b), so there is nothing to look at"

// RFC 5508, Section 4.2.1. X2 takes X's port first, so that the mapping differs
// from X's endpoint in its port as well.
var _ = Describe("RFC 5508 4.2.1, an ICMP error from outside:", func() {
	lab := NewLab(Setup{})

	DescribeTable("it is forwarded,", Requirement("rfc5508.req-4-relay"),
		func(ctx SpecContext, over protocol, kind, codes uint8) {
			y := over(lab, "Y1:7")
			for code := range codes {
				x := over(lab, "X:48550").Sibling(48550 + uint16(code))
				By(fmt.Sprintf("Y1 sends type %d code %d about a packet of %s", kind, code, x))
				heard := x.Hears(ctx, lab.ICMPError("Y1", kind, code, 0, x.ArrivesAt(ctx, y)).OfAnyKind())
				Expect(heard).To(BeHeard(), "type %d code %d", kind, code)
			}
		},
		Entry("Time Exceeded", udp, uint8(11), uint8(2)),
		Entry("Time Exceeded about TCP", tcp, uint8(11), uint8(2)),
		Entry("Time Exceeded about a query", echo, uint8(11), uint8(2)),
		Entry("Parameter Problem", udp, uint8(12), uint8(3)),
		Entry("Parameter Problem about TCP", tcp, uint8(12), uint8(3)),
		Entry("Parameter Problem about a query", echo, uint8(12), uint8(3)),
		Entry("Destination Unreachable about a query", echo, uint8(3), uint8(16)),
	)

	DescribeTable("the quote is in the form in which X:x sent the packet,", Requirement("rfc5508.req-4a"),
		func(ctx SpecContext, over protocol, quoted int, change func(*Packet) *Packet) {
			x, y := over(lab, "X:48600"), over(lab, "Y1:7")
			over(lab, "X2:48600").SeenBy(ctx, y)
			sent := change(x.To(y.Addr()))
			arrived := x.Sent(ctx, sent, y)

			By(fmt.Sprintf("Y1 sends Port Unreachable with %d bytes of the packet at most", quoted))
			heard := x.Hears(ctx, lab.ICMPError("Y1", 3, 3, 0, arrived).Quoting(quoted).OfAnyKind())
			lab.Premise(heard, notRelayed)
			Expect(heard).To(Quote(sent))
		},
		Entry("quoted whole", udp, 548, asItIs),
		Entry("quoted with 28 bytes", udp, 28, asItIs),
		Entry("of a datagram without a checksum", udp, 548, (*Packet).WithoutChecksum),
		Entry("of a segment, quoted whole", tcp, 548, asItIs),
		Entry("of a segment, quoted with 28 bytes", tcp, 28, asItIs),
		Entry("of a query, quoted whole", echo, 548, asItIs),
		Entry("of a query, quoted with 28 bytes", echo, 28, asItIs),
	)

	DescribeTable("type and code stay as they were,", Requirement("rfc5508.req-4b"),
		func(ctx SpecContext, over protocol, kind, codes uint8) {
			y := over(lab, "Y1:7")
			var relayed, lost Heard
			for code := range codes {
				x := over(lab, "X:48700").Sibling(48700 + uint16(code))
				By(fmt.Sprintf("Y1 sends type %d code %d about a packet of %s", kind, code, x))
				heard := x.Hears(ctx, lab.ICMPError("Y1", kind, code, 0, x.ArrivesAt(ctx, y)).OfAnyKind())
				if heard.Arrival == nil {
					lost = heard // another requirement judges that
					continue
				}
				relayed = heard
				Expect(heard).To(HaveKind(kind, code))
			}
			if relayed.Arrival == nil {
				lab.Premise(lost, notRelayed)
			}
		},
		Entry("Destination Unreachable", udp, uint8(3), uint8(16)),
		Entry("Destination Unreachable about TCP", tcp, uint8(3), uint8(16)),
		Entry("Destination Unreachable about a query", echo, uint8(3), uint8(16)),
		Entry("Time Exceeded", udp, uint8(11), uint8(2)),
		Entry("Time Exceeded about TCP", tcp, uint8(11), uint8(2)),
		Entry("Parameter Problem", udp, uint8(12), uint8(3)),
		Entry("Parameter Problem about TCP", tcp, uint8(12), uint8(3)),
	)

	DescribeTable("it is dropped if it quotes nothing that the NAT has sent,", Requirement("rfc5508.req-4"),
		func(ctx SpecContext, over protocol) {
			x := over(lab, "X:48850")
			arrived := x.ArrivesAt(ctx, over(lab, "Y1:7"))
			lab.Premise(x.Hears(ctx, lab.ICMPError("Y1", 3, 3, 0, arrived).Anyhow()), notRelayed)

			By("Y1 sends it once more, about a port or an identifier that nobody has")
			Expect(x.Hears(ctx, lab.ICMPError("Y1", 3, 3, 0, arrived).FromPort(59_999).Anyhow())).NotTo(BeHeard())
		},
		Entry("a datagram", udp),
		Entry("a segment", tcp),
		Entry("a query", echo),
	)

	It("its source stays the router that has sent it", Requirement("rfc5508.req-4c"), func(ctx SpecContext) {
		x := lab.UDP("X:48800")
		arrived := x.ArrivesAt(ctx, lab.UDP("Y1:7"))

		By("R, a router on the way, sends Time Exceeded")
		heard := x.Hears(ctx, lab.ICMPError("R", 11, 0, 0, arrived).OfAnyKind())
		lab.Premise(heard, "the error of a router is not relayed (rfc4787.req-12a), so it has no source")
		Expect(heard).To(BeHeardFrom(lab.Outsider("R")))
	})

	DescribeTable("its second word stays as it was,", Requirement("practice.icmp-word"),
		func(ctx SpecContext, over protocol, kind, code uint8, word uint32) {
			x := over(lab, "X:48900")
			arrived := x.ArrivesAt(ctx, over(lab, "Y1:7"))

			By(fmt.Sprintf("Y1 sends type %d code %d, whose second word is %#x", kind, code, word))
			heard := x.Hears(ctx, lab.ICMPError("Y1", kind, code, word, arrived).OfAnyKind())
			lab.Premise(heard, notRelayed)
			Expect(heard).To(HaveWord(word))
		},
		Entry("the next-hop MTU of Fragmentation Needed", udp, uint8(3), uint8(4), uint32(1300)),
		Entry("the next-hop MTU of Fragmentation Needed about TCP", tcp, uint8(3), uint8(4), uint32(1300)),
		Entry("the pointer of Parameter Problem", udp, uint8(12), uint8(0), uint32(20<<24)),
	)
})

func asItIs(p *Packet) *Packet { return p }
