package tables

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// fragmented has the packets of a flow sent in three fragments, in an order.
var fragmented = []TableEntry{
	Entry("inbound, in order", false, 0, 1, 2),
	Entry("inbound, header last", false, 1, 2, 0),
	Entry("outbound, in order", true, 0, 1, 2),
	Entry("outbound, header last", true, 1, 2, 0),
}

// inThree makes a packet three fragments.
func inThree(p *Packet, order ...int) *Packet { return p.Size(4000).InFragments(1480, order...) }

// Fragmented declares the specs that what comes in fragments is translated, of which
// one alone has ports, or an identifier.
func Fragmented(lab *Lab, at At, requirement string) {
	DescribeTable("what comes in fragments is translated,", Requirement(requirement),
		func(ctx SpecContext, outbound bool, order ...int) {
			flow := lab.Open(ctx, at(lab, "X:49310"), at(lab, "Y1:7"), true)
			if outbound {
				By("X:49310 sends 4000 bytes in three fragments")
				Expect(flow.Y.Hears(ctx, inThree(flow.X.To(flow.Y.Addr()), order...))).To(BeHeard())
				return
			}
			By("Y1:7 sends 4000 bytes in three fragments")
			Expect(flow.X.Hears(ctx, inThree(flow.Y.To(flow.Mapping), order...))).To(BeHeard())
		},
		fragmented,
	)
}

// StaticFragments declares the specs that a pair serves what comes in fragments, in a
// lab with StaticPolicy.
func StaticFragments(lab *Lab, at At, requirement string) {
	DescribeTable("what comes in fragments is translated,", Requirement(requirement),
		func(ctx SpecContext, outbound bool, order ...int) {
			x, y := at(lab, "X:5200"), at(lab, "Y1:80")
			outside := netip.AddrPortFrom(registered(), 5200)
			lab.Premise(y.HearsBeside(ctx, "X2", x.To(y.Addr())), "the pair carries nothing, which another spec judges")
			if outbound {
				By("X:5200 sends 4000 bytes in three fragments")
				Expect(y.HearsBeside(ctx, "X2", inThree(x.To(y.Addr()), order...))).To(BeHeardFrom(outside))
				return
			}
			By("Y1:80 sends 4000 bytes to the registered address, in three fragments")
			Expect(x.HearsBeside(ctx, "X2", inThree(y.To(outside), order...))).To(BeHeardFrom(y.Addr()))
		},
		fragmented,
	)
}

// HairpinFragments declares the specs that what comes in fragments is hairpinned, in a
// lab with HairpinPolicy.
func HairpinFragments(lab *Lab, at At, requirement string) {
	DescribeTable("what comes in fragments is turned around,", Requirement(requirement),
		func(ctx SpecContext, order ...int) {
			x, server := at(lab, "X:47250"), at(lab, "X2:53")
			served := server.Hears(ctx, x.To(inward()))
			lab.Premise(served, "the forward does not serve the inside, which another spec judges")

			By("X:47250 sends 4000 bytes to the external endpoint that is forwarded to X2:53, in three fragments")
			Expect(server.Hears(ctx, inThree(x.To(inward()), order...))).To(BeHeard())

			By("X2:53 answers with 4000 bytes, in three fragments")
			Expect(x.Hears(ctx, inThree(server.To(served.Source()), order...))).To(BeHeard())
		},
		Entry("in order", 0, 1, 2),
		Entry("header last", 1, 2, 0),
	)
}
