package rfc4787

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 4787, Section 4.2.1. "Port overloading" is "X1'=X2' and x1=x2=x1'=x2'".
//
// Two readings. Strictly, two internal endpoints may never share an external
// one. RFC 7857, Section 3 allows it "as long as their destinations are
// different". The specs here test what both forbid, the same destination; that
// a NAT which shares ports by destination then also breaks the promise of
// Section 4.1 shows in rfc4787.req-1.
var _ = Describe("RFC 4787 4.2.1, port assignment:", func() {
	lab := NewLab(Setup{})

	It("three hosts with the same port have three external endpoints, and answers find their way",
		Requirement("rfc4787.req-3"), func(ctx SpecContext) {
			y := lab.UDP("Y1:7")
			hosts := []*Endpoint{lab.UDP("X:40000"), lab.UDP("X2:40000"), lab.UDP("X3:40000")}

			By("X, X2 and X3 each send from port 40000 to Y1:7")
			var seen []netip.AddrPort
			for _, x := range hosts {
				seen = append(seen, x.SeenBy(ctx, y))
			}
			Expect(seen[1]).NotTo(Equal(seen[0]), "X2 must not share the external endpoint of X")
			Expect(seen[2]).NotTo(BeElementOf(seen[:2]), "X3 must not share an external endpoint")

			By("Y1:7 answers each of them")
			for i, x := range hosts {
				Expect(x.Hears(ctx, y.To(seen[i]))).To(BeHeard(), "the answer must reach its host")
			}
		})

	// Range classes are the two of REQ-3 a); the second host has the same ports, so
	// that a NAT which preserves ports has to choose others.
	DescribeTable("the external port is of the internal port's class,", Requirement("rfc4787.req-3a"),
		func(ctx SpecContext, least, most uint16, ports ...uint16) {
			y := lab.UDP("Y1:7")
			for _, name := range []string{"X", "X2"} {
				By(name + " sends from each port")
				for _, port := range ports {
					seen := lab.UDPAt(name, port).SeenBy(ctx, y).Port()
					Expect(seen).To(And(BeNumerically(">=", least), BeNumerically("<=", most)), "%s:%d", name, port)
				}
			}
		},
		Entry("0-1023", uint16(0), uint16(1023), uint16(53), uint16(111), uint16(700), uint16(1023)),
		Entry("1024-65535", uint16(1024), uint16(65535), uint16(1024), uint16(5000), uint16(40000), uint16(65535)),
	)
})

// RFC 4787, Section 4.2.2.
var _ = Describe("RFC 4787 4.2.2, port parity:", func() {
	lab := NewLab(Setup{})

	It("even ports stay even and odd ports odd, also where another host has the port",
		Requirement("rfc4787.req-4"), func(ctx SpecContext) {
			y := lab.UDP("Y1:7")
			changed := []uint16{}
			for _, name := range []string{"X", "X2"} {
				By(name + " sends from 20 ports, even and odd in turn, whose neighbours are free")
				for port := uint16(20000); port < 20000+3*20; port += 3 {
					if seen := lab.UDPAt(name, port).SeenBy(ctx, y).Port(); seen%2 != port%2 {
						changed = append(changed, port)
					}
				}
			}
			Expect(changed).To(BeEmpty(), "internal ports whose parity was not preserved")
		})
})
