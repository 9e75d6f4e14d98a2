// Package rfc3022 judges a NAT by RFC 3022, "Traditional IP Network Address
// Translator (Traditional NAT)": translation itself.
package rfc3022

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites"
)

// RFC 3022, Section 2.2: "tuples of the type (local IP addresses, local TU port
// number) are translated to tuples of the type (registered IP address, assigned
// TU port number)."
var _ = Describe("RFC 3022 2.2, NAPT:", func() {
	lab := NewLab(Setup{})

	// The textbook case.
	It("192.168.0.5:5000 goes out from a registered endpoint, and the answer comes back to it", Requirement("rfc3022.napt-tuple"), func(ctx SpecContext) {
		x, y := lab.UDP("X:5000"), lab.UDP("Y1:80")

		By("192.168.0.5:5000 sends to the server at Y1:80")
		x1 := x.ArrivesAt(ctx, y).Source
		Expect(x1.Addr()).To(BeElementOf(lab.External), "the source must be a registered address")

		By("the server answers to the endpoint it has seen")
		Expect(x.Hears(ctx, y.To(x1))).To(BeHeardFrom(y.Addr()))
		Expect(lab.Outside()).To(HaveEach(Not(HavePrivateAddress())), "no private address may be seen outside")
	})
})

// RFC 3022, Section 2.2: "inbound access by statically mapping a local node per
// each service TU port of the registered IP address."
var _ = Describe("RFC 3022 2.2, static port mapping:", func() {
	public := netip.AddrPortFrom(Pool()[0], 8080)
	lab := NewLab(Setup{Policy: Policy{
		Forwards: []Forward{{Protocol: "udp", External: public, Inside: netip.AddrPortFrom(Addr("X"), 80)}},
	}})

	It("a session from outside reaches the host inside, and its answer comes from the registered endpoint", Requirement("rfc3022.napt-static-port"), func(ctx SpecContext) {
		server, client := lab.UDP("X:80"), lab.UDP("Y1:50000")

		By("Y1:50000 sends to the registered endpoint 8080")
		Expect(server.Hears(ctx, client.To(public))).To(BeHeardFrom(client.Addr()))

		By("X:80 answers")
		Expect(client.Hears(ctx, server.To(client.Addr()))).To(BeHeardFrom(public))
	})
})

// RFC 3022, Section 2.1: "Individual local addresses may be statically mapped to
// specific global addresses to ensure guaranteed access to the outside or to
// allow access to the local host from external hosts via a fixed public address."
var _ = Describe("RFC 3022 2.1, static address mapping:", func() {
	registered := Pool()[1]
	lab := NewLab(Setup{Policy: Policy{Static: []Pair{{Inside: Addr("X"), External: registered}}}})

	It("the host is reached at its registered address, and leaves from it", Requirement("rfc3022.basic-static"), func(ctx SpecContext) {
		x, y := lab.UDP("X:5000"), lab.UDP("Y1:80")

		By("Y1:80 sends to the registered address without having been sent to")
		Expect(x.Hears(ctx, y.To(netip.AddrPortFrom(registered, 5000)))).To(BeHeardFrom(y.Addr()))

		By("X:5000 sends to another host")
		Expect(x.SeenBy(ctx, lab.UDP("Y2:80"))).To(Equal(netip.AddrPortFrom(registered, 5000)))
	})
})

// RFC 3022, Section 4.1: "As an exception, UDP headers with 0 checksum should not
// be modified."
var _ = Describe("RFC 3022 4.1, checksum adjustment:", func() {
	lab := NewLab(Setup{})

	It("a UDP checksum of zero stays zero both ways", Requirement("rfc3022.udp-zero"), func(ctx SpecContext) {
		x, y := lab.UDP("X:5001"), lab.UDP("Y1:80")
		x1 := x.SeenBy(ctx, y)

		By("X:5001 sends a datagram without a checksum")
		out := y.Hears(ctx, x.To(y.Addr()).WithoutChecksum())
		Expect(out).To(BeHeardFrom(x1))
		Expect(out.Arrival.UDPChecksum()).To(BeZero(), "the field must not be modified")

		By("Y1:80 answers with one")
		in := x.Hears(ctx, y.To(x1).WithoutChecksum())
		Expect(in).To(BeHeardFrom(y.Addr()))
		Expect(in.Arrival.UDPChecksum()).To(BeZero(), "the field must not be modified")
	})
})
