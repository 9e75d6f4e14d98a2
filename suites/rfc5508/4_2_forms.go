package rfc5508

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// A form is how an error about a packet may come, and what that packet may be.
type form struct {
	of    func(*Packet) *Packet
	error func(*ICMPError) *ICMPError
}

// forms are those of errors that real routers send. A router that has counted the TTL down
// quotes a packet whose last hop it was.
var forms = []TableEntry{
	Entry("as it was", udp, form{asItIs, asItCame}),
	Entry("as it was, about a segment", tcp, form{asItIs, asItCame}),
	Entry("as it was, about a query", echo, form{asItIs, asItCame}),
	Entry("with 28 bytes of a segment", tcp, form{asItIs, func(e *ICMPError) *ICMPError { return e.Quoting(28) }}),
	Entry("with options of its own", udp,
		form{asItIs, func(e *ICMPError) *ICMPError { return e.Options(1, 1, 1, 0) }}),
	Entry("with an extension", udp, form{asItIs, (*ICMPError).WithExtensions}),
	Entry("of a router's class, and not to be fragmented", udp,
		form{asItIs, func(e *ICMPError) *ICMPError { return e.Class(0xc0).DontFragment() }}),
	Entry("about a first fragment", udp, form{asItIs, (*ICMPError).AboutFragment}),
	Entry("about a segment that is not to be fragmented", tcp, form{(*Packet).DontFragment, asItCame}),
	Entry("about a datagram at its last hop", udp, form{lastHop, asItCame}),
	Entry("about a query at its last hop", echo, form{lastHop, asItCame}),
	Entry("with all of a datagram of 1,400 bytes", udp, form{large, asItCame}),
	Entry("that has come a long way, and has no ID", udp,
		form{asItIs, func(e *ICMPError) *ICMPError { return e.TTL(3).ID(0) }}),
	Entry("of 576 bytes", echo, form{large, func(e *ICMPError) *ICMPError { return e.Quoting(548) }}),
	Entry("about a datagram of a class, with the highest TTL and without an ID", udp, form{rare, asItCame}),
	Entry("with a TTL that was counted down to zero", udp,
		form{asItIs, func(e *ICMPError) *ICMPError { return e.QuotingTTL(0) }}),
	Entry("about a datagram without a checksum", udp, form{(*Packet).WithoutChecksum, asItCame}),
}

func asItCame(e *ICMPError) *ICMPError { return e }

// large is more than the 576 bytes to which a router cuts an error of its own.
func large(p *Packet) *Packet { return p.Size(1400) }

// rare gives a packet a header such as few have.
func rare(p *Packet) *Packet { return p.Class(0xb8).TTL(255).WithID(0).DontFragment() }

// lastHop has a packet arrive outside with a TTL of one.
func lastHop(p *Packet) *Packet { return p.TTL(2) }

// RFC 5508, Section 4.2. The first error says that errors are relayed at all, and so the
// second one is what the spec is about: that it is another, and in what form it comes.
var _ = Describe("RFC 5508 4.2, an ICMP error that is not the first about its flow:", func() {
	lab := NewLab(Setup{})

	DescribeTable("it comes in,", Requirement("rfc5508.req-4-relay"),
		func(ctx SpecContext, over protocol, form form) {
			x, y := over(lab, "X:48900"), over(lab, "Y1:7")
			plain := x.ArrivesAt(ctx, y)
			lab.Premise(x.Hears(ctx, lab.ICMPError("Y1", 3, 3, 0, plain).OfAnyKind()), notRelayed)
			sent := form.of(x.To(y.Addr()))
			arrived := x.Sent(ctx, sent, y)

			By("Y1 sends Time Exceeded about another packet")
			heard := x.Hears(ctx, form.error(lab.ICMPError("Y1", 11, 0, 0, arrived)).OfAnyKind())
			Expect(heard).To(QuoteEndsOf(sent))
		}, forms)

	DescribeTable("from inside it gets out,", Requirement("rfc5508.req-5a"),
		func(ctx SpecContext, over protocol, form form) {
			x, y := over(lab, "X:49650"), over(lab, "Y1:7")
			plain := y.Sent(ctx, y.To(x.SeenBy(ctx, y)), x)
			lab.Premise(y.Hears(ctx, lab.ICMPError("X", 3, 1, 0, plain).Anyhow()), notRelayedOut)

			for _, kind := range [][2]uint8{{3, 3}, {11, 0}, {12, 0}} {
				// That the mapping may have ended is another requirement's.
				sent := form.of(y.To(x.SeenBy(ctx, y)))
				arrived := y.Sent(ctx, sent, x)
				By(fmt.Sprintf("X sends type %d code %d about another packet", kind[0], kind[1]))
				heard := y.Hears(ctx, form.error(lab.ICMPError("X", kind[0], kind[1], 0, arrived)).Anyhow())
				Expect(heard).To(QuoteEndsOf(sent))
			}
		}, forms)

	// A router limits the errors that it makes itself (RFC 1812, Section 4.3.2.8), and not
	// those that pass. The last one is about another packet, since the mapping may have ended.
	DescribeTable("it passes where a hundred came before it,", func(ctx SpecContext, outward bool) {
		x, y := lab.UDP("X:48970"), lab.UDP("Y1:7")
		again := func() (at *Endpoint, sent *Packet, e *ICMPError) {
			GinkgoHelper()
			sent = x.To(y.Addr())
			arrived := x.Sent(ctx, sent, y)
			if !outward {
				return x, sent, lab.ICMPError("Y1", 11, 0, 0, arrived).OfAnyKind()
			}
			sent = y.To(arrived.Source)
			return y, sent, lab.ICMPError("X", 3, 3, 0, y.Sent(ctx, sent, x)).Anyhow()
		}
		at, _, e := again()
		lab.Premise(at.Hears(ctx, e), "no error is relayed, so there is nothing to repeat")

		By("a hundred errors more are sent, and then one about another packet")
		for range 100 {
			e.Sends(ctx)
		}
		at, sent, e := again()
		Expect(at.Hears(ctx, e)).To(QuoteEndsOf(sent))
	},
		Entry("from outside", Requirement("rfc5508.req-4-relay"), false),
		Entry("from inside", Requirement("rfc5508.req-5a"), true),
	)

	// With an extension, the word says how long the quote is (RFC 4884, Section 4).
	DescribeTable("the length of its quote stays, or nobody finds the extension behind it,",
		Requirement("practice.icmp-word"), func(ctx SpecContext, outward bool) {
			x, y := lab.UDP("X:48950"), lab.UDP("Y1:7")
			arrived, at, from := x.ArrivesAt(ctx, y), x, "Y1"
			if outward {
				arrived, at, from = y.Sent(ctx, y.To(arrived.Source), x), y, "X"
			}
			By(from + " sends Time Exceeded with an extension")
			heard := at.Hears(ctx, lab.ICMPError(from, 11, 0, 0, arrived).WithExtensions().Anyhow())
			lab.Premise(heard, notRelayed)
			Expect(heard).To(HaveWord(QuoteLength))
		},
		Entry("from outside", false),
		Entry("from inside", true),
	)

	It("its pointer stays on the way out", Requirement("practice.icmp-word"), func(ctx SpecContext) {
		y, arrived := received(ctx, lab, udp, 48960)
		By("X sends Parameter Problem, whose second word is a pointer")
		heard := y.Hears(ctx, lab.ICMPError("X", 12, 0, 20<<24, arrived).Anyhow())
		lab.Premise(heard, notRelayedOut)
		Expect(heard).To(HaveWord(20 << 24))
	})
})
