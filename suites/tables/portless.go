package tables

import (
	"fmt"
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// StaticProtocols declares the specs of protocols without ports by pairs, in a lab with
// PairsPolicy.
func StaticProtocols(lab *Lab, requirement string) {
	for _, protocol := range []Protocol{GRE, ESP, SCTP} {
		for i, host := range []string{"X", "X2"} {
			outside := netip.AddrPortFrom(PairsPolicy().Static[i].External, 0)
			It(fmt.Sprintf("%s passes by the pair of %s, both ways, whoever is first", protocol, host),
				Requirement(requirement), func(ctx SpecContext) {
					x, y := lab.Portless(protocol, host), lab.Portless(protocol, "Y1")
					other := lab.Portless(protocol, "Y2")

					By("Y2 sends to the registered address of " + host)
					Expect(x.HearsBeside(ctx, "X3", other.To(outside))).To(BeHeardFrom(other.Addr()))

					By(host + " sends to Y1, and Y1 to the registered address")
					Expect(y.HearsBeside(ctx, "X3", x.To(y.Addr()))).To(BeHeardFrom(outside))
					Expect(x.HearsBeside(ctx, "X3", y.To(outside))).To(BeHeardFrom(y.Addr()))
				})
		}
	}
}

// StaticProtocolsOfOthers declares the specs that such a packet of another host does not leave
// from a registered address, in a lab with PairsPolicy.
func StaticProtocolsOfOthers(lab *Lab, requirement string) {
	for _, protocol := range []Protocol{GRE, ESP, SCTP} {
		It(fmt.Sprintf("%s of another host does not leave from a registered address", protocol),
			Requirement(requirement), func(ctx SpecContext) {
				x3, y := lab.Portless(protocol, "X3"), lab.Portless(protocol, "Y1")
				lab.Portless(protocol, "X").Sends(ctx, y.Addr())

				By("X3 sends to Y1, as X has done")
				heard := y.HearsBeside(ctx, "X3", x3.To(y.Addr()))
				for _, pair := range PairsPolicy().Static {
					Expect(heard.Source().Addr()).NotTo(Be(pair.External), "it is another host's")
				}
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
