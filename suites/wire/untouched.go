package wire

import (
	"bytes"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// shapes are packets that show what a NAT leaves alone and what it does not.
var shapes = map[string][]func(*Packet) *Packet{
	"plain": {
		func(p *Packet) *Packet { return p },
		func(p *Packet) *Packet { return p.DontFragment() },
		func(p *Packet) *Packet { return p.WithoutChecksum() },
	},
	"sizes": {
		func(p *Packet) *Packet { return p.Bare() },
		func(p *Packet) *Packet { return p.Bare().Carrying([]byte{0}) },
		func(p *Packet) *Packet { return p.Bare().Carrying([]byte{0xff, 0xff}) },
		func(p *Packet) *Packet { return p.Carrying([]byte("odd")) },
		func(p *Packet) *Packet { return p.Bare().Carrying([]byte("twelve bytes")) },
		func(p *Packet) *Packet { return p.Size(548) },
		func(p *Packet) *Packet { return p.Size(1200) },
		func(p *Packet) *Packet { return p.Bare().Carrying(bytes.Repeat([]byte{0xff}, 1472)) },
	},
	"classes": {
		func(p *Packet) *Packet { return p.Class(0xb8) },     // expedited forwarding, RFC 3246
		func(p *Packet) *Packet { return p.Class(0x01) },     // ECN-capable, RFC 3168
		func(p *Packet) *Packet { return p.Class(0x02) },     // the same, the other code point
		func(p *Packet) *Packet { return p.Class(0x28 | 3) }, // AF11 and CE
	},
	"lives": {
		func(p *Packet) *Packet { return p.TTL(2) },
		func(p *Packet) *Packet { return p.TTL(255) },
		func(p *Packet) *Packet { return p.TTL(128) },
	},
	"options": {
		// An option that no router knows, to be copied into fragments.
		func(p *Packet) *Packet { return p.Options(0x9e, 4, 0xab, 0xcd) },
		func(p *Packet) *Packet { return p.Options(1, 1, 1, 0) },
	},
	"segments": {
		func(p *Packet) *Packet { return p },
		func(p *Packet) *Packet { return p.As(Segment{Flags: new(SYN), Payload: []byte("early")}) },
		func(p *Packet) *Packet { return p.As(Segment{Flags: new(ACK), Window: new(uint16(8000))}) },
		func(p *Packet) *Packet {
			return p.As(Segment{Flags: new(Data | URG | ECE | CWR), Urgent: new(uint16(3))})
		},
		// Window scale and time stamps, and an option that nobody knows.
		func(p *Packet) *Packet {
			return p.As(Segment{Options: []byte{3, 3, 7, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 253, 3, 0xab}})
		},
	},
	"lengths": {
		func(p *Packet) *Packet { return p.Bare() },
		func(p *Packet) *Packet { return p.Carrying([]byte{0}) },
		func(p *Packet) *Packet { return p.Carrying([]byte{0xff, 0xff}) },
		func(p *Packet) *Packet { return p.Carrying([]byte("odd")) },
		func(p *Packet) *Packet { return p.Carrying(bytes.Repeat([]byte{0xff}, 1460)) },
	},
	// What an error may quote: of every field more than most packets have.
	"quoted": {
		func(p *Packet) *Packet { return p.Class(0xb8).DontFragment().Size(600) },
		func(p *Packet) *Packet { return p.WithoutChecksum().TTL(77) },
		func(p *Packet) *Packet { return p.Size(1400) },
	},
	"quoted segments": {
		func(p *Packet) *Packet {
			return p.Class(0x01).DontFragment().As(Segment{
				Flags: new(Data | URG | ECE), Urgent: new(uint16(3)), Options: []byte{1, 1, 1, 253, 4, 0xab, 0xcd, 0},
			})
		},
	},
	"damaged": {
		func(p *Packet) *Packet { return p.Damaged() },
		func(p *Packet) *Packet { return p.Carrying([]byte("odd")).Damaged() },
	},
}

// Each invariant has a spec whose packets can show that it is broken; it is judged
// over the packets of all other specs besides.
var _ = Describe("The wire:", func() {
	lab := NewLab(Setup{})
	among := func(ctx SpecContext, x, y *Endpoint, requirement string, kinds []string) {
		GinkgoHelper()
		for _, kind := range kinds {
			By("X:x and Y1:y1 exchange packets: " + kind)
			x.Exchanges(ctx, y, shapes[kind]...)
		}
		Expect(lab.Finding(requirement)).To(BeKept())
	}

	DescribeTable("among packets of all kinds,",
		func(ctx SpecContext, requirement string, kinds ...string) {
			among(ctx, lab.UDP("X:52000"), lab.UDP("Y1:7"), requirement, kinds)
		},
		Entry("none outside carries an inside address", Requirement("wire.inside-address"),
			"wire.inside-address", "plain", "options"),
		Entry("what leaves for one goes to one host", Requirement("wire.one-host"), "wire.one-host", "plain", "sizes"),
		Entry("at most one leaves for each", Requirement("wire.once"), "wire.once", "plain", "sizes"),
		Entry("none leaves that no packet caused", Requirement("wire.caused"), "wire.caused", "plain", "sizes"),
		Entry("the header checksum is right", Requirement("wire.ip-checksum"),
			"wire.ip-checksum", "plain", "lives", "classes", "options"),
		Entry("the TTL is less by one at least", Requirement("wire.ttl"), "wire.ttl", "plain", "lives"),
		Entry("the TTL is less by one exactly", Requirement("wire.ttl-one"), "wire.ttl-one", "plain", "lives"),
		Entry("DSCP and ECN stay", Requirement("wire.class"), "wire.class", "classes"),
		Entry("the flag against fragments stays, and the ID with it", Requirement("wire.id"), "wire.id", "plain"),
		Entry("options stay", Requirement("wire.options"), "wire.options", "options"),
		Entry("payloads stay", Requirement("wire.payload"), "wire.payload", "plain", "sizes"),
		Entry("a wrong checksum stays wrong", Requirement("wire.damage"), "wire.damage", "damaged"),
	)

	// The payload of an error is what it quotes, of which a part is translated.
	DescribeTable("among ICMP errors of all kinds, payloads stay,", Requirement("wire.payload"),
		func(ctx SpecContext, outward bool) {
			segments := lab.Open(ctx, lab.TCP("X:52020"), lab.TCP("Y1:8000"), true)
			var heard, last Heard
			about := func(x, y *Endpoint, kind string) {
				GinkgoHelper()
				for i, shape := range shapes[kind] {
					sender, from := x, "Y1"
					arrived := x.Sent(ctx, shape(x.To(y.Addr())), y)
					if outward {
						sender, from = y, "X"
						arrived = y.Sent(ctx, shape(y.To(arrived.Source)), x)
					}
					e := lab.ICMPError(from, 3, 1, 0, arrived).Anyhow()
					if i%2 == 1 {
						e = e.WithOptions([]byte{0x9e, 4, 0xab, 0xcd})
					}
					if last = sender.Hears(ctx, e); last.Arrival != nil {
						heard = last
					}
				}
			}
			By("errors are sent about packets of all kinds")
			about(lab.UDP("X:52020"), lab.UDP("Y1:7"), "quoted")
			about(segments.X, segments.Y, "quoted segments")
			about(lab.Echo("X:52020"), lab.Echo("Y1:7"), "quoted")
			if heard.Arrival == nil {
				lab.Premise(last, "no error is relayed (rfc5508.req-4-relay, rfc5508.req-5a), so nothing is to be seen")
			}
			Expect(lab.Finding("wire.payload")).To(BeKept())
		},
		Entry("from outside", false),
		Entry("from inside", true),
	)

	DescribeTable("among segments of TCP of all kinds,",
		func(ctx SpecContext, requirement string, kinds ...string) {
			flow := lab.Open(ctx, lab.TCP("X:52050"), lab.TCP("Y1:8000"), true)
			among(ctx, flow.X, flow.Y, requirement, kinds)
		},
		Entry("none outside carries an inside address, damaged or not", Requirement("wire.inside-address"),
			"wire.inside-address", "segments", "damaged"),
		Entry("headers stay", Requirement("wire.tcp-header"), "wire.tcp-header", "segments", "lengths"),
		Entry("payloads stay", Requirement("wire.payload"), "wire.payload", "segments", "lengths"),
		Entry("a wrong checksum stays wrong", Requirement("wire.damage"), "wire.damage", "damaged"),
	)
})
