package tables

import (
	"fmt"
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// Mapping declares the specs of endpoint-independent mapping. X1':x1' and X2':x2'
// are the mappings of X:x toward Y1:y1 and Y2:y2.
func Mapping(lab *Lab, at At, requirement string) {
	DescribeTable("X1':x1' equals X2':x2' for all Y2:y2,", Requirement(requirement),
		func(ctx SpecContext, first, second string) {
			x, y1, y2 := at(lab, "X:40000"), at(lab, first), at(lab, second)

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
		Requirement(requirement), func(ctx SpecContext) {
			other, x := at(lab, "X:5010"), at(lab, "X2:5010")
			y1, y2 := at(lab, "Y1:7"), at(lab, "Y2:7")

			By("X:5010 sends to Y1:7 and holds its port there")
			other.SeenBy(ctx, y1)

			By("X2:5010 sends to Y2:7, where nobody else has been, and to Y1:7, where X:5010 has been")
			Expect(x.SeenByEach(ctx, y2, y1)).To(BeOneEndpoint(), "the mapping must not depend on what other hosts do")
		})

	// A NAT that does not preserve ports, and takes one that is free toward each
	// destination, comes to choose another only where most of them are in use.
	It("X1':x1' equals X2':x2' also where many other endpoints hold ports toward Y2:y2",
		Requirement(requirement), func(ctx SpecContext) {
			y1, y2 := at(lab, "Y1:7"), at(lab, "Y2:7")

			By("80 endpoints of X and X3 send to Y1:7")
			lab.SeenInAll(ctx, lab.Sessions("X", 20000, 40, y1)...)
			lab.SeenInAll(ctx, lab.Sessions("X3", 30000, 40, y1)...)

			By("eight endpoints of X2 send to Y2:7, where nobody has been, and then to Y1:7")
			seen := lab.SeenInAll(ctx, lab.Sessions("X2", 5010, 8, y2)...)
			seen = append(seen, lab.SeenInAll(ctx, lab.Sessions("X2", 5010, 8, y1)...)...)
			Expect(seen).To(BeOneEndpoint(), "the mapping must not depend on what other hosts do")
		})

	It("X1':x1' equals X2':x2' whatever X:x is", Requirement(requirement), func(ctx SpecContext) {
		y1, y2 := at(lab, "Y1:7"), at(lab, "Y2:7")

		By("X, X2 and X3 send from low and high ports to Y1:7, and then to Y2:7")
		var first, second []Session
		for i, port := range []uint16{80, 513, 1024, 9999, 49152, 60001} {
			x := at.port(lab, []string{"X", "X2", "X3"}[i%3], port)
			first, second = append(first, Session{X: x, Y: y1}), append(second, Session{X: x, Y: y2})
		}
		seen := lab.SeenInAll(ctx, first...)
		Expect(append(seen, lab.SeenInAll(ctx, second...)...)).To(BeOneEndpoint(),
			"the mapping must not depend on the destination")
	})

	// An unsolicited packet may leave a session of its own in a NAT, which then
	// stands in the way of the port.
	It("X1':x1' equals X2':x2' also where Y1:y1 has sent to X1':x1' before X:x ever sent",
		Requirement(requirement), func(ctx SpecContext) {
			x, y1 := at(lab, "X:5000"), at(lab, "Y1:7")

			By("Y1:7 sends to port 5000 of the NAT, where nobody is")
			x.Hears(ctx, y1.To(netip.AddrPortFrom(lab.External[0], 5000)))

			By("X:5000 sends to Y2:7 and then to Y1:7")
			Expect(x.SeenByEach(ctx, at(lab, "Y2:7"), y1)).To(BeOneEndpoint(),
				"the mapping must not depend on what came from outside")
		})
}

// MappingToServices declares the spec that a mapping is the same toward many peers,
// among them the ports of services that a NAT may treat in a way of their own.
func MappingToServices(lab *Lab, at At, requirement string, ports ...uint16) {
	It("X1':x1' is the same toward many peers, and toward the ports of known services",
		Requirement(requirement), func(ctx SpecContext) {
			By(fmt.Sprintf("X:41500 sends to %d peers", len(ports)))
			var peers []*Endpoint
			for i, port := range ports {
				peers = append(peers, at.port(lab, fmt.Sprintf("Y%d", 1+i%4), port))
			}
			Expect(at(lab, "X:41500").SeenByEach(ctx, peers...)).To(BeOneEndpoint(),
				"the mapping must not depend on the destination")
		})

	It("X1':x1' is the same toward 200 peers", Requirement(requirement), func(ctx SpecContext) {
		By("X:41510 sends to 200 peers, whose ports are from all over the range")
		var sessions []Session
		for i := range uint16(200) {
			y := at.port(lab, fmt.Sprintf("Y%d", 1+i%4), 100+327*i)
			sessions = append(sessions, Session{X: at(lab, "X:41510"), Y: y})
		}
		Expect(lab.SeenInAll(ctx, sessions...)).To(BeOneEndpoint(), "the mapping must not depend on the destination")
	})
}
