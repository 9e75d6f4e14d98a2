package rfc4787

import (
	"fmt"
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 4787, Section 4.1. X:x is an internal endpoint, Y1:y1 and Y2:y2 are
// external ones; X1':x1' and X2':x2' are the mappings the NAT uses toward each.
var _ = Describe("RFC 4787 4.1, address and port mapping:", func() {
	lab := NewLab(Setup{})

	DescribeTable("X1':x1' equals X2':x2' for all Y2:y2,", Requirement("rfc4787.req-1"),
		func(ctx SpecContext, first, second string) {
			x, y1, y2 := lab.UDP("X:40000"), lab.UDP(first), lab.UDP(second)

			By("X:x sends to " + first + ", which creates the mapping, and to " + second)
			Expect(x.SeenByEach(ctx, y1, y2)).To(BeOneEndpoint(), "the mapping must not depend on the destination")
		},
		Entry("Y2:y2 differs in port", "Y1:7", "Y1:8"),
		Entry("Y2:y2 differs in address", "Y1:7", "Y2:7"),
		Entry("Y2:y2 differs in both", "Y1:7", "Y2:8"),
	)

	// The order in which a port-preserving NAT that keeps a mapping for each
	// session, and not for each endpoint, gives itself away: while X2:x talks to
	// Y2 it may have the port that X:x has toward Y1, but toward Y1 it may not.
	It("X1':x1' equals X2':x2' also where another host holds the port toward Y2:y2",
		Requirement("rfc4787.req-1"), func(ctx SpecContext) {
			other, x := lab.UDP("X:5010"), lab.UDP("X2:5010")
			y1, y2 := lab.UDP("Y1:7"), lab.UDP("Y2:7")

			By("X:5010 sends to Y1:7 and holds its port there")
			other.SeenBy(ctx, y1)

			By("X2:5010 sends to Y2:7, where nobody else has been, and to Y1:7, where X:5010 has been")
			Expect(x.SeenByEach(ctx, y2, y1)).To(BeOneEndpoint(), "the mapping must not depend on what other hosts do")
		})

	// A NAT that does not preserve ports, and takes one that is free toward each
	// destination, comes to choose another only where most of them are in use.
	It("X1':x1' equals X2':x2' also where many other endpoints hold ports toward Y2:y2",
		Requirement("rfc4787.req-1"), func(ctx SpecContext) {
			y1, y2 := lab.UDP("Y1:7"), lab.UDP("Y2:7")

			By("80 endpoints of X and X3 send to Y1:7")
			lab.SeenInAll(ctx, lab.Sessions("X", 20000, 40, y1)...)
			lab.SeenInAll(ctx, lab.Sessions("X3", 30000, 40, y1)...)

			By("eight endpoints of X2 send to Y2:7, where nobody has been, and then to Y1:7")
			seen := lab.SeenInAll(ctx, lab.Sessions("X2", 5010, 8, y2)...)
			seen = append(seen, lab.SeenInAll(ctx, lab.Sessions("X2", 5010, 8, y1)...)...)
			Expect(seen).To(BeOneEndpoint(), "the mapping must not depend on what other hosts do")
		})

	// An unsolicited packet may leave a session of its own in a NAT, which then
	// stands in the way of the port.
	It("X1':x1' equals X2':x2' also where Y1:y1 has sent to X1':x1' before X:x ever sent",
		Requirement("rfc4787.req-1"), func(ctx SpecContext) {
			x, y1 := lab.UDP("X:5000"), lab.UDP("Y1:7")

			By("Y1:7 sends to port 5000 of the NAT, where nobody is")
			x.Hears(ctx, y1.To(netip.AddrPortFrom(lab.External[0], 5000)))

			By("X:5000 sends to Y2:7 and then to Y1:7")
			Expect(x.SeenByEach(ctx, lab.UDP("Y2:7"), y1)).To(BeOneEndpoint(),
				"the mapping must not depend on what came from outside")
		})

	It("X1':x1' is the same toward many peers, and toward the ports of known services",
		Requirement("rfc4787.req-1"), func(ctx SpecContext) {
			By("X:41500 sends to twelve peers")
			var peers []*Endpoint
			for i, port := range []uint16{7, 53, 69, 123, 443, 500, 3478, 4500, 5004, 5060, 49152, 65535} {
				peers = append(peers, lab.UDPAt(fmt.Sprintf("Y%d", 1+i%4), port))
			}
			Expect(lab.UDP("X:41500").SeenByEach(ctx, peers...)).To(BeOneEndpoint(),
				"the mapping must not depend on the destination")
		})
})

// RFC 4787, Section 4.1, on NATs with several external addresses.
var _ = Describe("RFC 4787 4.1, address pooling:", func() {
	lab := NewLab(Setup{Policy: Policy{Pool: Pool()}})

	It("all sessions of one internal address use the same external address",
		Requirement("rfc4787.req-2"), func(ctx SpecContext) {
			By("X and X2, in turn, send from 64 ports each to four hosts")
			var sessions []Session
			for i := range 64 {
				y := lab.UDP([]string{"Y1:7", "Y2:7", "Y3:7", "Y4:7"}[i%4])
				for _, name := range []string{"X", "X2"} {
					sessions = append(sessions, Session{X: lab.UDPAt(name, 30000+uint16(i)), Y: y})
				}
			}
			Expect(lab.SeenInAll(ctx, sessions...)).To(BeOneAddress())
		})
})
