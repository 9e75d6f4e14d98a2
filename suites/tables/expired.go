package tables

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// Expired declares the specs of packets of a flow whose TTL is over. Of TCP they are data
// of a connection: what else a NAT makes of segments is not asked here.
func Expired(lab *Lab, at At, requirement string) {
	DescribeTable("a packet whose TTL is one is answered and not forwarded,", Requirement(requirement),
		func(ctx SpecContext, outbound bool) {
			x, y := at(lab, "X:52200"), at(lab, "Y1:7")
			flow := lab.Open(ctx, x, y, true)
			sender, p := x, x.To(y.Addr())
			if !outbound {
				sender, p = y, y.To(flow.Mapping)
			}
			By(sender.String() + " sends a packet with a TTL of one")
			Expect(sender.HearsExpired(ctx, p.TTL(1))).To(BeHeard())
		},
		Entry("from the inside", true),
		Entry("from the outside", false),
	)
}
