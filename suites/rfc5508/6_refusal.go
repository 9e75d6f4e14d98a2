package rfc5508

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 5508, Section 6, where a NAT is out of ports. Which code the NAT has is said for the
// record: RFC 6888, REQ-11 has one of a provider send host unreachable, which serves
// whoever is refused as well.
var _ = Describe("RFC 5508 6, refusal of flows, with 20 ports:", func() {
	const ports = 20
	lab := NewLab(Setup{Policy: Policy{Ports: PortRange{First: 40_000, Last: 40_000 + ports - 1}}})

	DescribeTable("the host whose flow gets no port is told so, and the flows that are there go on,",
		Requirement("rfc5508.req-8"), func(ctx SpecContext, over protocol) {
			x, y := over(lab, "X:34100"), over(lab, "Y1:8000")

			By("X2 opens as many flows to Y1 as there are ports, and X sends to it")
			first := lab.Open(ctx, over(lab, "X2:33999"), y, true)
			lab.Premise(first.Probe(ctx), "no answer comes in") // the controls of X2 have a port now
			open := lab.OpenAll(ctx, over(lab, "X2:34000").Sessions(ports-2, y)...)
			lab.PremiseCount(lab.StillOpen(ctx, open...), ports-2,
				"the NAT has no room for so many (practice.capacity)")
			for range 3 { // whichever ports are left
				y.Hears(ctx, over(lab, "X2:34050").To(y.Addr()))
			}
			refused := x.HearsRefused(ctx, x.To(y.Addr()))
			Expect(refused).To(BeHeard(), "the host must be told that its flow is refused")
			lab.Note(fmt.Sprintf("the code is %d", refused.Code()))
			Expect(refused.Code()).To(BeOneOf[uint8](13, 1))
			Expect(len(lab.StillOpen(ctx, open...))).To(Be(len(open)), "who has a port must keep it")
		},
		Entry("of UDP", udp),
		Entry("of TCP", tcp),
	)
})
