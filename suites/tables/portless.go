package tables

import (
	"fmt"
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// StaticProtocols declares the specs of protocols without ports by a pair, in a lab with
// StaticPolicy.
func StaticProtocols(lab *Lab, requirement string) {
	outside := netip.AddrPortFrom(registered(), 0)
	for _, protocol := range []Protocol{GRE, ESP, SCTP} {
		It(fmt.Sprintf("%s passes by a pair, both ways", protocol), Requirement(requirement), func(ctx SpecContext) {
			x, y, other := lab.Portless(protocol, "X"), lab.Portless(protocol, "Y1"), lab.Portless(protocol, "Y2")

			By("X sends to Y1")
			Expect(y.HearsBeside(ctx, "X2", x.To(y.Addr()))).To(BeHeardFrom(outside))

			By("Y2 sends to the registered address")
			Expect(x.HearsBeside(ctx, "X2", other.To(outside))).To(BeHeardFrom(other.Addr()))
		})
	}
}

// OtherProtocols declares the specs of protocols without ports where there are no pairs. A
// NAT that translates their addresses is not what RFC 3022 knows, and harms nobody.
func OtherProtocols(lab *Lab, requirement string) {
	for _, protocol := range []Protocol{GRE, ESP, SCTP, Experimental} {
		It(fmt.Sprintf("%s does not leave with an inside address", protocol), Requirement(requirement),
			func(ctx SpecContext) {
				x, y := lab.Portless(protocol, "X"), lab.Portless(protocol, "Y1")
				By("X sends to Y1")
				if heard := y.Hears(ctx, x.To(y.Addr())); heard.Arrival != nil {
					Expect(heard).To(BeHeard())
				}
			})
	}
}
