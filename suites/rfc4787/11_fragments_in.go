package rfc4787

import (
	"fmt"
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 4787, Section 11. Fragments may come out as fragments or reassembled.
var _ = Describe("RFC 4787 11, receiving fragmented packets:", func() {
	lab := NewLab(Setup{})

	translated := func(ctx SpecContext, outbound bool, change func(*Packet) *Packet) {
		GinkgoHelper()
		x, y := lab.UDP("X:49300"), lab.UDP("Y1:7")
		x1 := x.SeenBy(ctx, y)
		if outbound {
			By("X:x sends a datagram in fragments")
			Expect(y.Hears(ctx, change(x.To(y.Addr())))).To(BeHeardFrom(x1))
			return
		}
		By("Y1:y1 sends a datagram in fragments")
		Expect(x.Hears(ctx, change(y.To(x1)))).To(BeHeardFrom(y.Addr()))
	}

	DescribeTable("fragments are translated", Requirement("rfc4787.req-14"),
		func(ctx SpecContext, outbound bool, order ...int) {
			translated(ctx, outbound, func(p *Packet) *Packet { return p.Size(4000).InFragments(1480, order...) })
		},
		Entry("inbound, in order", false, 0, 1, 2),
		Entry("inbound, reversed", false, 2, 1, 0),
		Entry("inbound, header last", false, 1, 2, 0),
		Entry("outbound, in order", true, 0, 1, 2),
		Entry("outbound, reversed", true, 2, 1, 0),
		Entry("outbound, header last", true, 1, 2, 0),
		Entry("inbound, of which one comes twice", false, 0, 0, 1, 2),
		Entry("outbound, of which one comes twice", true, 0, 0, 1, 2),
	)

	// Eleven fragments are fewer than any bound that hosts have for one packet. Those of 552 bytes
	// are as a link for packets of 576 makes them.
	DescribeTable("many fragments of one datagram are translated,", Requirement("rfc4787.req-14"),
		func(ctx SpecContext, outbound bool, bytes, size int) {
			translated(ctx, outbound, func(p *Packet) *Packet { return p.Size(bytes).InFragments(size) })
		},
		Entry("inbound", false, 16_000, 1480),
		Entry("outbound", true, 16_000, 1480),
		Entry("inbound, of 552 bytes", false, 1400, 552),
		Entry("outbound, of 552 bytes", true, 1400, 552),
	)

	DescribeTable("fragments of a datagram without a checksum are translated,", Requirement("rfc4787.req-14"),
		func(ctx SpecContext, outbound bool) {
			translated(ctx, outbound, func(p *Packet) *Packet {
				return p.Size(4000).WithoutChecksum().InFragments(1480)
			})
		},
		Entry("inbound", false),
		Entry("outbound", true),
	)

	It("fragments of one host with two IDs, in turn, are told apart", Requirement("rfc4787.req-14"),
		func(ctx SpecContext) {
			x, y := lab.UDP("X:49360"), lab.UDP("Y1:7")
			x1 := x.SeenBy(ctx, y)
			train := func(id uint16, order ...int) *Packet {
				return y.To(x1).Size(4000).WithID(id).InFragments(1480, order...)
			}
			By("Y1:7 sends two datagrams of 4000 bytes in three fragments each, in turn, the header of one last")
			Expect(x.HearsAmid(ctx, train(503, 1, 2, 0), train(504))).To(BeHeard())
		})

	// Two hosts choose their IDs without knowing of each other.
	DescribeTable("fragments of two hosts with one ID, in turn, are told apart,", Requirement("rfc4787.req-14"),
		func(ctx SpecContext, outbound bool) {
			x, other, y, y2 := lab.UDP("X:49350"), lab.UDP("X2:49350"), lab.UDP("Y1:7"), lab.UDP("Y2:7")
			train := func(from *Endpoint, to netip.AddrPort, id uint16) *Packet {
				return from.To(to).Size(4000).WithID(id).InFragments(1480)
			}
			x1, x2 := x.SeenBy(ctx, y), x.SeenBy(ctx, y2)
			if outbound {
				other.SeenBy(ctx, y)
				By("X and X2 send datagrams of 4000 bytes in three fragments each, with one ID, to Y1:7")
				Expect(y.HearsAmid(ctx, train(x, y.Addr(), 501), train(other, y.Addr(), 501))).To(BeHeard())
				Expect(y.HearsAmid(ctx, train(other, y.Addr(), 502), train(x, y.Addr(), 502))).To(BeHeard())
				return
			}
			By("Y1:7 and Y2:7 send datagrams of 4000 bytes in three fragments each, with one ID, to X:x")
			Expect(x.HearsAmid(ctx, train(y, x1, 501), train(y2, x2, 501))).To(BeHeard())
			Expect(x.HearsAmid(ctx, train(y2, x2, 502), train(y, x1, 502))).To(BeHeard())
		},
		Entry("inbound", false),
		Entry("outbound", true),
	)

	// The flood is first fragments that are never completed, from a host that has
	// nothing to do with the flow: more than fit the memory that hosts and routers
	// commonly keep for fragments, a few megabytes, and more than 10,000 of them.
	// Small ones are discarded by some that keep large ones, and large ones use up
	// memory before small ones use up anything else.
	DescribeTable("a flood of incomplete packets does not keep fragments in order from getting through,",
		Requirement("rfc4787.req-14a"), Crowd, func(ctx SpecContext, size int) {
			x, y := lab.UDP("X:49400"), lab.UDP("Y1:7")
			x1 := x.SeenBy(ctx, y)

			By(fmt.Sprintf("Y2 sends 10500 first fragments of %d bytes, of datagrams whose rest never comes", size))
			lab.UDP("Y2:9").Floods(ctx, x1, 10500, size)
			By("Y1:y1 sends a datagram of 2000 bytes in two fragments, in order")
			Expect(x.Hears(ctx, y.To(x1).Size(2000).InFragments(1480))).To(BeHeardFrom(y.Addr()))
		},
		Entry("small ones", 24),
		Entry("full-size ones", 1480),
	)
})

// RFC 4787, Section 11, for a mapping that the administrator made.
var _ = Describe("RFC 4787 11, receiving fragmented packets for a port forward:", func() {
	lab := NewLab(Setup{Policy: tables.ForwardPolicy("udp")})
	tables.ForwardOfFragments(lab, (*Lab).UDP, "rfc4787.req-14")
})

var _ = Describe("RFC 4787 11, receiving fragmented packets for a static pair:", func() {
	lab := NewLab(Setup{Policy: tables.StaticPolicy()})
	tables.StaticFragments(lab, (*Lab).UDP, "rfc4787.req-14")
})

var _ = Describe("RFC 4787 11, receiving fragmented packets that are hairpinned:", func() {
	lab := NewLab(Setup{Policy: tables.HairpinPolicy("udp")})
	tables.HairpinFragments(lab, (*Lab).UDP, "rfc4787.req-14")
})
