package rfc5508

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 5508, Section 7.1.1. The adjacent outside link takes 1000 bytes. RFC 4787, REQ-13
// asks the same of UDP, with fragments in their order, and is judged by datagrams.
var _ = Describe("RFC 5508 7.1.1, packets that are too big:", func() {
	const mtu = 1000
	lab := NewLab(Setup{OutsideMTU: mtu})

	DescribeTable("with DF=1 its sender is told the next-hop MTU, and it goes no further,",
		Requirement("rfc5508.s7.1.1"), func(ctx SpecContext, over protocol) {
			x, y := over(lab, "X:50000"), over(lab, "Y1:7")
			lab.Open(ctx, x, y, true) // of TCP, what is too big is data

			By("X:x sends packets of 1400 bytes with DF=1")
			heard := x.HearsTooBig(ctx, x.To(y.Addr()).Size(1400).DontFragment())
			Expect(heard).To(BeHeard())
			Expect(heard.Arrival.MTU()).To(Be(mtu), "the next-hop MTU must be the outside link's")
			Expect(y.Hears(ctx, x.To(y.Addr()).Size(1400).DontFragment())).NotTo(BeHeard())
		},
		Entry("a segment", tcp),
		Entry("a query", echo),
	)

	It("its sender is told also ten seconds after the first time", Requirement("rfc5508.s7.1.1"), Waits(10*time.Second),
		func(ctx SpecContext) {
			x, y := lab.Echo("X:50150"), lab.Echo("Y1:7")
			x.SeenBy(ctx, y)
			lab.Premise(x.HearsTooBig(ctx, x.To(y.Addr()).Size(1400).DontFragment()), "nobody is told that it is")

			By("ten seconds pass, and X:x sends another packet of 1400 bytes with DF=1")
			lab.Idle(ctx, 10*time.Second)
			Expect(x.HearsTooBig(ctx, x.To(y.Addr()).Size(1400).DontFragment())).To(BeHeard(), "it must be told again")
		})

	It("with DF=0 a query is fragmented", Requirement("rfc5508.s7.1.1"), func(ctx SpecContext) {
		x, y := lab.Echo("X:50100"), lab.Echo("Y1:7")
		x.SeenBy(ctx, y)

		By("X:x sends a request of 1400 bytes with DF=0")
		heard := y.Hears(ctx, x.To(y.Addr()).Size(1400))
		Expect(heard).To(BeHeard())
		Expect(heard).To(Fit(mtu-20), "every fragment must fit the link")
	})
})

// RFC 5508, Section 7.1.1: "If the DF bit is set on a transit IP packet", whichever way it
// goes. The adjacent inside link takes 1000 bytes.
var _ = Describe("RFC 5508 7.1.1, packets that are too big for the inside:", func() {
	const mtu = 1000
	lab := NewLab(Setup{InsideMTU: mtu})

	DescribeTable("with DF=1 its sender is told the next-hop MTU, and it goes no further,",
		Requirement("rfc5508.s7.1.1"), func(ctx SpecContext, over protocol) {
			flow := lab.Open(ctx, over(lab, "X:50400"), over(lab, "Y1:7"), true)

			By("Y1:7 sends packets of 1400 bytes with DF=1 to X:x's mapping")
			heard := flow.Y.HearsTooBig(ctx, flow.Y.To(flow.Mapping).Size(1400).DontFragment())
			Expect(heard).To(BeHeard())
			Expect(heard.Arrival.MTU()).To(Be(mtu), "the next-hop MTU must be the inside link's")
			quoted := heard.Arrival.ICMP.Quote.Destination.Addr()
			Expect(quoted).To(Be(flow.Mapping.Addr()), "the quote must be what Y1:7 sent")
			Expect(flow.X.Hears(ctx, flow.Y.To(flow.Mapping).Size(1400).DontFragment())).NotTo(BeHeard())
		},
		Entry("a datagram", udp),
		Entry("a segment", tcp),
		Entry("a reply to a query", echo),
	)

	DescribeTable("with DF=0 it is fragmented,", Requirement("rfc5508.s7.1.1"),
		func(ctx SpecContext, over protocol) {
			flow := lab.Open(ctx, over(lab, "X:50410"), over(lab, "Y1:7"), true)

			By("Y1:7 sends a packet of 1400 bytes with DF=0 to X:x's mapping")
			heard := flow.X.Hears(ctx, flow.Y.To(flow.Mapping).Size(1400))
			Expect(heard).To(BeHeard())
			Expect(heard).To(Fit(mtu-20), "every fragment must fit the link")
		},
		Entry("a datagram", udp),
		Entry("a segment", tcp),
		Entry("a reply to a query", echo),
	)
})

// RFC 5508, Section 7.1.2. Of UDP and TCP, from outside, RFC 4787, REQ-12 b) and RFC 5382,
// REQ-9 ask for all codes, and practice.icmp-word for the MTU.
var _ = Describe("RFC 5508 7.1.2, Packet Too Big of other routers:", func() {
	const mtu = 1300
	lab := NewLab(Setup{})

	It("it reaches the host whose query was too big, with its MTU", Requirement("rfc5508.s7.1.2"),
		func(ctx SpecContext) {
			x, y := lab.Echo("X:50200"), lab.Echo("Y1:7")
			lab.Echo("X2:50200").SeenBy(ctx, y)
			sent := x.To(y.Addr())
			arrived := x.Sent(ctx, sent, y)

			By("R sends Fragmentation Needed about it")
			heard := x.Hears(ctx, lab.ICMPError("R", 3, 4, mtu, arrived).OfAnyKind())
			Expect(heard).To(QuoteEndsOf(sent))
			Expect(heard).To(HaveWord(mtu))
		})

	DescribeTable("from inside it reaches Y1, with its MTU,", Requirement("rfc5508.s7.1.2"),
		func(ctx SpecContext, over protocol) {
			y, arrived := received(ctx, lab, over, 50300)

			By("Ri sends Fragmentation Needed about what Y1 has sent to X")
			Expect(y.HearsBeside(ctx, "X", lab.ICMPError("Ri", 3, 4, mtu, arrived).Anyhow())).To(HaveWord(mtu))
		},
		Entry("about a datagram", udp),
		Entry("about a segment", tcp),
		Entry("about a reply to a query", echo),
	)
})
