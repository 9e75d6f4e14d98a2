package rfc5508

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 5508, Section 7.2. That the same is so of UDP is wire.ttl-expired, by RFC 1812.
var _ = Describe("RFC 5508 7.2, Time Exceeded:", func() {
	lab := NewLab(Setup{})

	DescribeTable("the sender of a packet whose TTL is one is told,", Requirement("rfc5508.req-10a-2"),
		func(ctx SpecContext, over protocol, outbound bool) {
			x, y := over(lab, "X:50400"), over(lab, "Y1:7")
			x1 := x.SeenBy(ctx, y)
			sender, p := x, x.To(y.Addr())
			if !outbound {
				sender, p = y, y.To(x1)
			}
			By(sender.String() + " sends a packet with a TTL of one")
			Expect(sender.HearsExpired(ctx, p.TTL(1))).To(BeHeard())
		},
		Entry("a segment from inside", tcp, true),
		Entry("a segment from outside", tcp, false),
		Entry("a query from inside, as some traceroutes send them", echo, true),
		Entry("a reply from outside", echo, false),
	)
})
