package rfc5508

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 5508, Section 4.2.2, REQ-5: from inside, as from outside, it is not for the NAT to
// choose among the errors of hosts and routers.
var _ = Describe("RFC 5508 4.2.2, ICMP errors of every kind from inside:", func() {
	lab := NewLab(Setup{})

	DescribeTable("they get out,", Requirement("rfc5508.req-5a"), func(ctx SpecContext, over protocol, from string) {
		y := over(lab, "Y1:7")
		for _, kind := range []struct{ kind, codes uint8 }{{3, 16}, {11, 2}, {12, 3}} {
			for code := range kind.codes {
				if kind.kind == 3 && code == 4 {
					continue // Fragmentation Needed, which Section 7.1 is about
				}
				x := over(lab, "X:1").Sibling(48300 + 20*uint16(kind.kind) + uint16(code))
				By(fmt.Sprintf("%s sends type %d code %d about what Y1 has sent to %s", from, kind.kind, code, x))
				arrived := y.Sent(ctx, y.To(x.SeenBy(ctx, y)), x)
				heard := y.HearsBeside(ctx, "X", lab.ICMPError(from, kind.kind, code, 0, arrived).Anyhow())
				Expect(heard).To(BeHeard(), "type %d code %d", kind.kind, code)
			}
		}
	},
		Entry("about datagrams, of the host itself", udp, "X"),
		Entry("about segments, of a router", tcp, "Ri"),
		Entry("about replies to queries, of a router", echo, "Ri"),
	)
})

// about is the packet of an exchange between x, inside, and y that an error from the one
// side is about, as the other side has sent it, and where the error is heard.
func about(ctx SpecContext, x, y *Endpoint, outward bool) (sent *Packet, arrived Arrival, at *Endpoint) {
	GinkgoHelper()
	if outward {
		sent = y.To(x.SeenBy(ctx, y))
		return sent, y.Sent(ctx, sent, x), y
	}
	sent = x.To(y.Addr())
	return sent, x.Sent(ctx, sent, y), x
}

var _ = Describe("RFC 5508 4.2, ICMP errors about the flows of several hosts:", func() {
	lab := NewLab(Setup{})

	DescribeTable("each is for the flow that it quotes,", func(ctx SpecContext, outward bool) {
		y := lab.UDP("Y1:7")
		for i, host := range []string{"X", "X2", "X3"} {
			x := lab.UDPAt(host, 49000+uint16(i))
			sent, arrived, at := about(ctx, x, y, outward)
			from := "Y1"
			if outward {
				from = host
			}
			By(fmt.Sprintf("%s sends Time Exceeded about a packet between %s and Y1", from, x))
			Expect(at.Hears(ctx, lab.ICMPError(from, 11, 0, 0, arrived).Anyhow())).To(QuoteEndsOf(sent))
		}
	},
		Entry("from outside", Requirement("rfc5508.req-4-relay"), false),
		Entry("from inside", Requirement("rfc5508.req-5a"), true),
	)

	// RFC 1191, Section 7.1, has sizes of links from 68 to 65535; Section 5 has routers that
	// leave the word zero.
	DescribeTable("an MTU stays, however small or large,", Requirement("practice.icmp-word"),
		func(ctx SpecContext, outward bool) {
			x, y := lab.UDP("X:1"), lab.UDP("Y1:7")
			for i, mtu := range []uint32{1300, 0, 68, 296, 1492, 9000} {
				_, arrived, at := about(ctx, x.Sibling(49100+uint16(i)), y, outward)
				from := "Y1"
				if outward {
					from = "Ri"
				}
				By(fmt.Sprintf("%s sends Fragmentation Needed with an MTU of %d", from, mtu))
				heard := at.HearsBeside(ctx, "X", lab.ICMPError(from, 3, 4, mtu, arrived).Anyhow())
				if i == 0 {
					lab.Premise(heard, notRelayed)
				}
				Expect(heard).To(BeHeard(), "with an MTU of %d", mtu)
				Expect(heard).To(HaveWord(mtu))
			}
		},
		Entry("from outside", false),
		Entry("from inside", true),
	)
})

// The end of a connection is a packet like any other, so that an error may be about it.
var _ = Describe("RFC 5508 4.2, ICMP errors about a FIN:", func() {
	lab := NewLab(Setup{})

	DescribeTable("it is relayed,", func(ctx SpecContext, outward bool) {
		flow := lab.Open(ctx, lab.TCP("X:49200"), lab.TCP("Y1:8000"), true)
		ends, at, other, from := flow.X, flow.X, flow.Y, "Y1"
		if outward {
			ends, at, other, from = flow.Y, flow.Y, flow.X, "X"
		}
		sent := ends.Sending(Segment{Flags: new(FIN | ACK)}, flow)
		arrived := ends.Sent(ctx, sent, other)
		By(fmt.Sprintf("%s sends Time Exceeded about a FIN of %s", from, ends))
		Expect(at.Hears(ctx, lab.ICMPError(from, 11, 0, 0, arrived).Anyhow())).To(QuoteEndsOf(sent))
	},
		Entry("from outside", Requirement("rfc5508.req-4-relay"), false),
		Entry("from inside", Requirement("rfc5508.req-5a"), true),
	)
})

// configured are the errors that flows of the administrator's mappings, and those between hosts
// inside, are tried with. The last one tells a sender how large its packets may be; from inside
// it is Section 7.1's.
var configured = []struct {
	kind, code uint8
	word       uint32
}{
	{11, 0, 0}, {11, 1, 0}, {3, 0, 0}, {3, 1, 0}, {3, 2, 0}, {3, 3, 0}, {3, 10, 0}, {3, 13, 0}, {12, 0, 20 << 24},
	{3, 4, 1300},
}

// complains has a host send an error of each kind about what an endpoint has sent to it, and
// that endpoint hear it. Each is about a packet of its own: that a mapping may have ended with
// the error before is another requirement's.
func complains(ctx SpecContext, lab *Lab, from string, at *Endpoint, kinds int, next func() Arrival) {
	GinkgoHelper()
	for _, kind := range configured[:kinds] {
		arrived := next()
		By(fmt.Sprintf("%s sends type %d code %d about what %s has sent to it", from, kind.kind, kind.code, at))
		err := lab.ICMPError(from, kind.kind, kind.code, kind.word, arrived).Anyhow()
		Expect(at.HearsBeside(ctx, "X3", err)).To(BeHeard(), "type %d code %d", kind.kind, kind.code)
	}
}

// asked and answered are what A and B of a way send next, as it arrives. B answers where A is
// seen now.
func asked(ctx SpecContext, p *tables.Passing) func() Arrival {
	return func() Arrival { GinkgoHelper(); return p.A.Sent(ctx, p.A.To(p.To), p.B) }
}

func answered(ctx SpecContext, p *tables.Passing) func() Arrival {
	return func() Arrival {
		GinkgoHelper()
		back := p.A.Sent(ctx, p.A.To(p.To), p.B).Source
		return p.B.Sent(ctx, p.B.To(back), p.A)
	}
}

// RFC 5508, Section 4.2: an active mapping is one also where the administrator has made it.
// RFC 4787, REQ-12 b) asks the same of UDP from outside.
var _ = Describe("RFC 5508 4.2, ICMP errors about", func() {
	of := func(way tables.Way, what, policy string, over protocol) {
		Context(fmt.Sprintf("a flow of %s by %s:", what, way.Name), func() {
			lab := NewLab(Setup{Policy: way.Policy(policy)})

			if what != "UDP" {
				It("they come in", Requirement("rfc5508.req-4-relay"), func(ctx SpecContext) {
					p := way.Opens(ctx, lab, tables.At(over))
					complains(ctx, lab, "Y1", p.B, len(configured), answered(ctx, p))
				})
			}

			It("from inside they get out", Requirement("rfc5508.req-5a"), func(ctx SpecContext) {
				p := way.Opens(ctx, lab, tables.At(over))
				complains(ctx, lab, "X", p.A, len(configured)-1, asked(ctx, p))
				complains(ctx, lab, "Ri", p.A, 1, asked(ctx, p))
			})

			It("Packet Too Big from inside gets out, with its MTU", Requirement("rfc5508.s7.1.2"),
				func(ctx SpecContext) {
					const mtu = 1300
					p := way.Opens(ctx, lab, tables.At(over))
					arrived := p.A.Sent(ctx, p.A.To(p.To), p.B)
					By("X sends Fragmentation Needed about what Y1 has sent to it")
					heard := p.A.HearsBeside(ctx, p.Beside, lab.ICMPError("X", 3, 4, mtu, arrived).Anyhow())
					Expect(heard).To(HaveWord(mtu))
				})
		})
	}
	forward, pair := tables.Ways[0], tables.Ways[1]
	of(forward, "UDP", "udp", udp)
	of(forward, "TCP", "tcp", tcp)
	of(pair, "UDP", "udp", udp)
	of(pair, "TCP", "tcp", tcp)
})

// RFC 5508, Section 5, REQ-7: a forward or a pair may turn packets around as well, and each end
// may complain of the other's.
var _ = Describe("RFC 5508 5, ICMP errors about packets that", func() {
	of := func(what, policy string, over protocol) {
		Context("a forward turns around, of "+what+":", func() {
			way := tables.Ways[2]
			lab := NewLab(Setup{Policy: way.Policy(policy)})

			It("they come back to who has asked", Requirement("rfc5508.req-7-error"), func(ctx SpecContext) {
				p := way.Opens(ctx, lab, tables.At(over))
				complains(ctx, lab, "X2", p.A, len(configured), asked(ctx, p))
			})

			It("they come back to who has answered", Requirement("rfc5508.req-7-error"), func(ctx SpecContext) {
				p := way.Opens(ctx, lab, tables.At(over))
				complains(ctx, lab, "X", p.B, len(configured), answered(ctx, p))
			})
		})
	}
	of("UDP", "udp", udp)
	of("TCP", "tcp", tcp)
})
