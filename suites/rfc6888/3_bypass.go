package rfc6888

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// only is the prefix of one outside host.
func only(host string) netip.Prefix { return netip.PrefixFrom(Addr(host), 32) }

// RFC 6888, Section 3, REQ-6, and its figure 2: toward such a destination "the CGN may
// forward packets without modification, thus acting like a plain router". The outside hosts
// of the lab have a route to the inside by the NAT.
var _ = Describe("RFC 6888 3, REQ-6, destinations without translation:", func() {
	lab := NewLab(Setup{Policy: Policy{Carrier: Carrier{Bypass: []Destination{
		{To: only("Y2")}, {To: only("Y1"), Port: 8000}, {Port: 9000},
	}}}})

	passes := func(ctx SpecContext, x, y *Endpoint) {
		GinkgoHelper()
		By("X sends, and is answered at its own address")
		Expect(x.ArrivesAt(ctx, y).Source).To(Be(x.Addr()), "nothing may be translated")
		Expect(x.Hears(ctx, y.To(x.Addr()))).To(BeHeard(), "the answer must be routed inside")
	}
	translates := func(ctx SpecContext, x, y *Endpoint) {
		GinkgoHelper()
		By("X sends to a destination beside it, and is answered at its mapping")
		source := x.ArrivesAt(ctx, y).Source
		Expect(source.Addr()).To(BeOneOf(lab.External...), "it must be translated")
		Expect(x.Hears(ctx, y.To(source))).To(BeHeard(), "the answer must reach X")
	}

	DescribeTable("one address is reached by translation, and the one beside it as by a router,",
		Requirement("rfc6888.req-6"), func(ctx SpecContext, at tables.At) {
			translates(ctx, at(lab, "X:40001"), at(lab, "Y3:7"))
			passes(ctx, at(lab, "X:40000"), at(lab, "Y2:7"))
		}, protocols)

	DescribeTable("one port of a host is translated toward one address and not toward another, in any order,",
		Requirement("rfc6888.req-6"), func(ctx SpecContext, at tables.At) {
			for _, host := range []string{"X:500", "X2:40002"} {
				passes(ctx, at(lab, host), at(lab, "Y2:7"))
				translates(ctx, at(lab, host), at(lab, "Y3:7"))
				passes(ctx, at(lab, host), at(lab, "Y2:8"))
			}
		}, protocols)

	It("datagrams in fragments pass without translation, both ways", Requirement("rfc6888.req-6"),
		func(ctx SpecContext) {
			x, y := lab.UDP("X:40020"), lab.UDP("Y2:7")
			passes(ctx, x, y)

			By("X and Y2 each send a datagram of 4000 bytes in three fragments")
			Expect(y.Hears(ctx, x.To(y.Addr()).Size(4000).InFragments(1480))).To(BeHeardFrom(x.Addr()))
			Expect(x.Hears(ctx, y.To(x.Addr()).Size(4000).InFragments(1480))).To(BeHeardFrom(y.Addr()))
		})

	It("who is sent to without translation tells of an error, too", Requirement("rfc6888.req-6"),
		func(ctx SpecContext) {
			x, y := lab.UDP("X:40030"), lab.UDP("Y2:7")
			passes(ctx, x, y)

			By("Y2 answers once more, and X sends Port Unreachable about it")
			answer := x.Hears(ctx, y.To(x.Addr()))
			Expect(answer).To(BeHeard())
			Expect(y.Hears(ctx, lab.ICMPError("X", 3, 3, 0, *answer.Arrival))).To(BeHeard())
		})

	It("who sends to such an address without translation is told of an error", Requirement("rfc6888.req-6"),
		func(ctx SpecContext) {
			x, y := lab.UDP("X:40010"), lab.UDP("Y2:7")
			sent := x.ArrivesAt(ctx, y)
			Expect(sent.Source).To(Be(x.Addr()), "nothing may be translated")

			By("Y2 sends Port Unreachable about it")
			Expect(x.Hears(ctx, lab.ICMPError("Y2", 3, 3, 0, sent))).To(BeHeard())
		})

	DescribeTable("one port of an address is reached by translation, and another as by a router,",
		Requirement("rfc6888.req-6"), func(ctx SpecContext, at tables.At) {
			translates(ctx, at(lab, "X:40001"), at(lab, "Y1:8001"))
			passes(ctx, at(lab, "X:40000"), at(lab, "Y1:8000"))
		},
		Entry("of UDP", tables.At((*Lab).UDP)), Entry("of TCP", tables.At((*Lab).TCP)))

	DescribeTable("one port of any address is reached as by a router, and the one beside it by translation,",
		Requirement("rfc6888.req-6"), func(ctx SpecContext, at tables.At) {
			translates(ctx, at(lab, "X:40001"), at(lab, "Y3:9001"))
			passes(ctx, at(lab, "X:40000"), at(lab, "Y3:9000"))
		},
		Entry("of UDP", tables.At((*Lab).UDP)), Entry("of TCP", tables.At((*Lab).TCP)))
})
