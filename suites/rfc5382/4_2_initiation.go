package rfc5382

import (
	"net/netip"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// The sequences that RFC 9293's state machine allows, by what is tried in them. A SYN
// that meets another is REQ-2 a)'s matter, and a RST of an open connection that of
// RFC 7857, Section 2.2.
var sequences = []TableEntry{
	Entry("from the handshake to the last FIN", sequence(plain)),
	Entry("data on the SYN", sequence(dataOnSYN)),
	Entry("data on the SYN-ACK", sequence(dataOnSYNACK)),
	Entry("SYNs sent twice", sequence(repeatedSYN)),
	Entry("explicit congestion notification", sequence(ecn)),
	Entry("options that nobody knows", sequence(unknownOptions)),
	Entry("segment size, window scale and time stamps", sequence(commonOptions)),
	Entry("selective acknowledgement", sequence(selectiveAcknowledgement)),
	Entry("an end half closed", opened(halfClose)),
	Entry("an end half closed by the other", opened(func(a, b role) []Step { return halfClose(b, a) })),
	Entry("both ends closed at once", opened(simultaneousClose)),
	Entry("data with the FIN", opened(dataWithFIN)),
	Entry("a FIN sent twice", opened(repeatedFIN)),
	Entry("a closed window probed", opened(zeroWindowProbe)),
	Entry("a keep-alive one below", opened(keepAlive)),
	Entry("segments out of order", opened(outOfOrder)),
	Entry("segments sent twice", opened(retransmission)),
	Entry("numbers that wrap around", passing(0)),
	Entry("numbers that pass the middle", passing(1<<31)),
	Entry("data far ahead in a scaled window", sequence(largeWindow)),
	Entry("more accurate congestion notification", sequence(accurateECN)),
	Entry("several blocks acknowledged", sequence(severalBlocks)),
	Entry("urgent data", opened(urgent)),
	Entry("a connection refused", sequence(refusal)),
	Entry("segments as long as the link takes", opened(largest)),
	Entry("segments of a few bytes and of many", opened(lengths)),
	Entry("rare options, and rare values of others", sequence(rareOptions)),
	Entry("numbers of zero", sequence(numbersOfZero)),
	Entry("a FIN that overtakes data", opened(earlyFIN)),
	Entry("an end that has crashed and begins anew", sequence(crashed)),
	Entry("an old SYN before the new one", sequence(oldSYN)),
	Entry("a connection after a RST", opened(afterReset)),
	Entry("data for an end that has closed", opened(lateReset)),
}

// RFC 5382, Section 4.2. X:x is the internal endpoint, Y1:y1 the external one. A
// segment is carried when it arrives translated, once, and with its sequence number,
// flags, window, options and data as they were.
var _ = Describe("RFC 5382 4.2, connections initiated inside:", func() {
	lab := NewLab(Setup{})

	DescribeTable("a valid sequence of segments is carried,", Requirement("rfc5382.req-2"),
		func(ctx SpecContext, s sequence) {
			flow := lab.Between(lab.TCP("X:30100"), lab.TCP("Y1:8000"))
			By("X:30100 is the initiator, Y1:8000 the responder")
			Expect(flow.Plays(ctx, s(FromX, FromY)...)).To(BeCarried())
		},
		sequences,
	)

	tables.Fragmented(lab, (*Lab).TCP, "rfc5382.req-2")

	It("a thousand segments each way are carried, some of them overtaken", Requirement("rfc5382.req-2"),
		func(ctx SpecContext) {
			flow := lab.Open(ctx, lab.TCP("X:30200"), lab.TCP("Y1:8000"), true)

			By("X:30200 and Y1:8000 send a thousand segments each, in which every fourth overtakes the one before it")
			Expect(flow.Streams(ctx, 1000)).To(BeNothing())
		})
})

// RFC 5382, Section 4.2: "for connections initiated both internally as well as
// externally when the connection is permitted by the NAT", which a port forward is
// there for.
var _ = Describe("RFC 5382 4.2, connections initiated outside:", func() {
	public := netip.AddrPortFrom(Pool()[0], 8080)
	lab := NewLab(Setup{Policy: Policy{
		Forwards: []Forward{{Protocol: "tcp", External: public, Inside: netip.AddrPortFrom(Addr("X2"), 80)}},
	}})

	DescribeTable("a valid sequence of segments is carried,", Requirement("rfc5382.req-2"),
		func(ctx SpecContext, s sequence) {
			flow := lab.Between(lab.TCP("X2:80"), lab.TCP("Y1:30100"), public)
			lab.Premise(flow.X.Hears(ctx, lab.TCP("Y2:30100").To(public)),
				"the forward lets nobody in (rfc3022.napt-static-port), so no connection is permitted")
			By("Y1:30100 is the initiator, X2:80 the responder, which is forwarded")
			Expect(flow.Plays(ctx, s(FromY, FromX)...)).To(BeCarried())
		},
		sequences,
	)
})

// RFC 5382, Section 4.2, REQ-2 a). "Some NATs erroneously block the inbound SYN for
// the connection in progress. Some NATs block or incorrectly translate the outbound
// SYN-ACK." What a NAT alters in what it lets through is REQ-2's matter.
var _ = Describe("RFC 5382 4.2, simultaneous open:", func() {
	lab := NewLab(Setup{})
	crossed := crossing()

	It("SYNs that cross make a connection", Requirement("rfc5382.req-2a"), func(ctx SpecContext) {
		flow := lab.Between(lab.TCP("X:30300"), lab.TCP("Y1:30300"))
		By("X:30300 and Y1:30300 send a SYN each before they have the other's")
		Expect(flow.Plays(ctx, crossed...)).To(BePassed())
	})

	It("SYNs that cross make a connection also where one is sent twice", Requirement("rfc5382.req-2a"),
		func(ctx SpecContext) {
			flow := lab.Between(lab.TCP("X:30310"), lab.TCP("Y1:30310"))
			By("X:30310 sends its SYN twice, and Y1:30310 its own")
			Expect(flow.Plays(ctx, append([]Step{FromX(SYN)}, crossed...)...)).To(BePassed())
		})

	// The mapping is known from a session with Y2. The filter may let the early SYN in
	// or not, and what counts is what comes after it.
	It("a SYN from outside that came too early is made good by the next", Requirement("rfc5382.req-2a"),
		func(ctx SpecContext) {
			x, y := lab.TCP("X:30320"), lab.TCP("Y1:30320")
			x1 := x.SeenBy(ctx, lab.TCP("Y2:8000"))

			By("Y1:30320 sends its SYN a second before X:30320 does")
			y.Sends(ctx, x1)
			lab.Idle(ctx, time.Second)
			By("X:30320 sends its own, and Y1:30320 repeats its")
			Expect(lab.Between(x, y).Plays(ctx, crossed...)).To(BePassed())
		})

	It("a split handshake, in which the responder sends its SYN by itself", Requirement("rfc5382.req-2a"),
		func(ctx SpecContext) {
			By("Y1:30330 answers the SYN of X:30330 with a SYN, and then with what acknowledges it")
			flow := lab.Between(lab.TCP("X:30330"), lab.TCP("Y1:30330"))
			Expect(flow.Plays(ctx, splitHandshake(FromX, FromY)...)).To(BePassed())
		})
})

// Fragments are a matter of IP, of which TCP knows nothing: a host sends what is too big for
// a link on the way with DF=0, if it asks for no path MTU.
var _ = Describe("RFC 5382 4.2, connections initiated inside, over a link that takes 1000 bytes:", func() {
	const mtu = 1000
	lab := NewLab(Setup{OutsideMTU: mtu})

	It("a segment that is too big is carried in fragments", Requirement("rfc5382.req-2"), func(ctx SpecContext) {
		x, y := lab.TCP("X:30250"), lab.TCP("Y1:8000")
		lab.Open(ctx, x, y, true)

		By("X:x sends a segment of 1400 bytes with DF=0")
		heard := y.Hears(ctx, x.To(y.Addr()).Size(1400))
		Expect(heard).To(BeHeard())
		Expect(heard).To(Fit(mtu-20), "every fragment must fit the link")
	})
})
