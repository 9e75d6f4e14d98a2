package rfc3022

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 3022, Section 4.1: "As an exception, UDP headers with 0 checksum should not
// be modified."
var _ = Describe("RFC 3022 4.1, checksum adjustment:", func() {
	lab := NewLab(Setup{})

	It("a UDP checksum of zero stays zero both ways", Requirement("rfc3022.udp-zero"), func(ctx SpecContext) {
		x, y := lab.UDP("X:5001"), lab.UDP("Y1:7")
		x1 := x.SeenBy(ctx, y)

		By("X:5001 sends a datagram without a checksum")
		out := y.Hears(ctx, x.To(y.Addr()).WithoutChecksum())
		Expect(out).To(BeHeardFrom(x1))
		Expect(out.Arrival.UDP.Checksum).To(Be(uint16(0)), "the UDP checksum must stay zero")

		By("Y1:7 answers with one")
		in := x.Hears(ctx, y.To(x1).WithoutChecksum())
		Expect(in).To(BeHeardFrom(y.Addr()))
		Expect(in.Arrival.UDP.Checksum).To(Be(uint16(0)), "the UDP checksum must stay zero")
	})
})
