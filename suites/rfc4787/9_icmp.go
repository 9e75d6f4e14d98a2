package rfc4787

import (
	"fmt"
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 4787, Section 9. Errors quote the packet as it is on the outside. R is a
// router there that X:x has never sent to.
var _ = Describe("RFC 4787 9, ICMP:", func() {
	lab := NewLab(Setup{})

	DescribeTable("the mapping survives an ICMP error,", Requirement("rfc4787.req-12"),
		func(ctx SpecContext, kind uint8, codes int) {
			x, y := lab.UDP("X:48000"), lab.UDP("Y1:7")
			arrived := x.ArrivesAt(ctx, y)

			By(fmt.Sprintf("Y1 and R send ICMP type %d about the packet, with each of %d codes", kind, codes))
			for code := range codes {
				lab.ICMPError("Y1", kind, uint8(code), 0, arrived).Sends(ctx)
				lab.ICMPError("R", kind, uint8(code), 0, arrived).Sends(ctx)
			}
			By("Y1:7 sends to the mapping")
			Expect(x.Hears(ctx, y.To(arrived.Source))).To(BeHeard(), "the mapping must not be terminated")
		},
		Entry("Destination Unreachable", uint8(3), 16),
		Entry("Source Quench", uint8(4), 1),
		Entry("Redirect", uint8(5), 4),
		Entry("Time Exceeded", uint8(11), 2),
		Entry("Parameter Problem", uint8(12), 3),
	)

	It("the mapping survives ICMP errors from the inside", Requirement("rfc4787.req-12"), func(ctx SpecContext) {
		x, y := lab.UDP("X:48010"), lab.UDP("Y1:7")
		x1 := x.SeenBy(ctx, y)
		answer := x.Hears(ctx, y.To(x1))
		lab.Premise(answer, "nothing comes in, so there is nothing to complain of")

		By("X and Ri, a router there, send ICMP errors of types 3, 4, 11 and 12 about what Y1:7 has sent to X")
		for _, kind := range []uint8{3, 4, 11, 12} {
			for code := range uint8(16) {
				lab.ICMPError("X", kind, code, 0, *answer.Arrival).Sends(ctx)
				lab.ICMPError("Ri", kind, code, 0, *answer.Arrival).Sends(ctx)
			}
		}
		By("Y1:7 sends to the mapping")
		Expect(x.Hears(ctx, y.To(x1))).To(BeHeard(), "the mapping must not be terminated")
	})

	It("the mapping survives echo requests with its port for their identifier",
		Requirement("rfc4787.req-12"), func(ctx SpecContext) {
			x, y := lab.UDP("X:48020"), lab.UDP("Y1:7")
			x1 := x.SeenBy(ctx, y)

			By("X sends echo requests to Y1, and Y1 to the NAT")
			for _, id := range []uint16{48020, x1.Port()} {
				lab.Echo(fmt.Sprintf("X:%d", id)).Sends(ctx, y.Addr())
				lab.Echo(fmt.Sprintf("Y1:%d", id)).Sends(ctx, netip.AddrPortFrom(x1.Addr(), 0))
			}
			By("Y1:7 sends to the mapping")
			Expect(x.Hears(ctx, y.To(x1))).To(BeHeard(), "the mapping must not be terminated")
		})

	It("the mapping survives ICMP errors that quote nonsense", Requirement("rfc4787.req-12"), func(ctx SpecContext) {
		x, y := lab.UDP("X:48030"), lab.UDP("Y1:7")
		arrived := x.ArrivesAt(ctx, y)

		By("Y1 sends Port Unreachable about a datagram without a checksum")
		bare := x.Sent(ctx, x.To(y.Addr()).WithoutChecksum(), y)
		lab.ICMPError("Y1", 3, 3, 0, bare).Sends(ctx)
		for _, nonsense := range NonsenseAbout(arrived) {
			By("Y1 sends Port Unreachable that quotes " + nonsense.Name)
			lab.ICMPError("Y1", 3, 3, 0, arrived).QuotingBytes(nonsense.Data).Sends(ctx)
		}
		By("Y1:7 sends to the mapping")
		Expect(x.Hears(ctx, y.To(arrived.Source))).To(BeHeard(), "the mapping must not be terminated")
	})

	DescribeTable("an ICMP error is relayed whoever sends it,", Requirement("rfc4787.req-12a"),
		func(ctx SpecContext, from string, kind, code uint8) {
			x := lab.UDP("X:48100")
			arrived := x.ArrivesAt(ctx, lab.UDP("Y1:7"))

			By(from + ", which X:x has never sent to, sends the error")
			Expect(x.Hears(ctx, lab.ICMPError(from, kind, code, 0, arrived).OfAnyKind())).To(BeHeard())
		},
		Entry("a router on the way: Time Exceeded", "R", uint8(11), uint8(0)),
		Entry("a router on the way: Port Unreachable", "R", uint8(3), uint8(3)),
		Entry("another host: Time Exceeded", "Y2", uint8(11), uint8(0)),
	)

	It("every code of Destination Unreachable is relayed, and about the packet that X:x sent",
		Requirement("rfc4787.req-12b"), func(ctx SpecContext) {
			const codes = 16 // RFC 792, RFC 1122 and RFC 1812
			y := lab.UDP("Y1:7")
			for code := range uint8(codes) {
				x := lab.UDPAt("X", 48200+uint16(code))
				lab.UDPAt("X2", 48200+uint16(code)).SeenBy(ctx, y) // takes the port, so that x1 differs from x
				sent := x.To(y.Addr())
				By(fmt.Sprintf("Y1 sends Destination Unreachable, code %d, to %s", code, x))
				heard := x.Hears(ctx, lab.ICMPError("Y1", 3, code, 0, x.Sent(ctx, sent, y)).OfAnyKind())
				Expect(heard).To(QuoteEndsOf(sent), "code %d", code)
			}
		})

	It("Destination Unreachable is relayed when it quotes no more than 28 bytes",
		Requirement("rfc4787.req-12b"), func(ctx SpecContext) {
			x, y := lab.UDP("X:48300"), lab.UDP("Y1:7")
			lab.UDP("X2:48300").SeenBy(ctx, y)
			sent := x.To(y.Addr())
			arrived := x.Sent(ctx, sent, y)

			By("Y1 sends Port Unreachable with the IP header and the eight bytes that RFC 792 asks for")
			Expect(x.Hears(ctx, lab.ICMPError("Y1", 3, 3, 0, arrived).Quoting(28).OfAnyKind())).To(QuoteEndsOf(sent))
		})
})

// RFC 4787, REQ-11: a filter is the same at any time, so that an error, which a NAT lets in
// whoever sends it, lets nothing else of its sender in.
var _ = Describe("RFC 4787 9, who has sent an ICMP error:", func() {
	lab := NewLab(Setup{})

	It("has no more of its datagrams let in than before", Requirement("rfc4787.req-11"), func(ctx SpecContext) {
		y, stranger := lab.UDP("Y1:7"), lab.UDP("Y2:5000")
		let := func(x *Endpoint, blames bool) Heard {
			GinkgoHelper()
			arrived := x.ArrivesAt(ctx, y)
			if blames {
				By("Y2 sends Time Exceeded about what X has sent to Y1")
				lab.ICMPError("Y2", 11, 0, 0, arrived).Sends(ctx)
				arrived = x.ArrivesAt(ctx, y) // that the mapping may have ended is REQ-12's
			}
			return x.Hears(ctx, stranger.To(arrived.Source))
		}
		if before := let(lab.UDP("X:48400"), false); before.Arrival != nil {
			Expect(let(lab.UDP("X:48401"), true)).To(BeHeard(), "an error must not shut its sender out")
			return
		}
		Expect(let(lab.UDP("X:48401"), true)).NotTo(BeHeard(), "an error must not let its sender in")
	})
})

// RFC 4787, Section 9, for flows that the administrator's mappings serve.
var _ = Describe("RFC 4787 9, ICMP about a port forward's flow:", func() {
	public := netip.AddrPortFrom(Pool()[0], 8080)
	lab := NewLab(Setup{Policy: Policy{
		Forwards: []Forward{{Protocol: "udp", External: public, Inside: netip.AddrPortFrom(Addr("X"), 80)}},
	}})

	It("Destination Unreachable is relayed, and about the packet that X:x sent",
		Requirement("rfc4787.req-12b"), func(ctx SpecContext) {
			server, client := lab.UDP("X:80"), lab.UDP("Y1:50000")
			lab.Premise(server.Hears(ctx, client.To(public)), "the forward lets nothing in (rfc3022.napt-static-port)")

			answer := server.To(client.Addr())
			arrived := server.Sent(ctx, answer, client)
			for _, code := range []uint8{1, 3, 4} { // Host, Port, and a packet that was too large
				By(fmt.Sprintf("X:80 has answered, and Y1 sends code %d about the answer", code))
				unreachable := lab.ICMPError("Y1", 3, code, 0, arrived).OfAnyKind()
				Expect(server.Hears(ctx, unreachable)).To(QuoteEndsOf(answer), "code %d", code)
			}
		})
})

var _ = Describe("RFC 4787 9, ICMP about a static pair's flow:", func() {
	lab := NewLab(Setup{Policy: Policy{Static: []Pair{{Inside: Addr("X"), External: Pool()[1]}}}})

	It("Destination Unreachable is relayed, and about the packet that X:x sent",
		Requirement("rfc4787.req-12b"), func(ctx SpecContext) {
			x, y := lab.UDP("X:5000"), lab.UDP("Y1:80")
			sent := x.To(y.Addr())

			By("X:5000 sends to Y1:80, and Y1 sends Port Unreachable about it")
			unreachable := lab.ICMPError("Y1", 3, 3, 0, x.Sent(ctx, sent, y)).OfAnyKind()
			Expect(x.Hears(ctx, unreachable)).To(QuoteEndsOf(sent))
		})
})
