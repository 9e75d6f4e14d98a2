package tables

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RangePolicy forwards ten ports of a protocol to X, to the same ones inside or to others, and
// a port beside them, which tells that forwards work.
func RangePolicy(protocol string, first uint16) Policy {
	policy := ForwardPolicy(protocol)
	policy.Ranges = []Range{{
		Protocol: protocol, External: Pool()[0], Ports: PortRange{First: 27000, Last: 27009},
		Inside: netip.AddrPortFrom(Addr("X"), first),
	}}
	return policy
}

// Ranges declares the specs of a range of forwarded ports, in a lab with RangePolicy of the
// same first port inside.
func Ranges(lab *Lab, at At, first uint16, requirement string) {
	outside := func(port uint16) netip.AddrPort { return netip.AddrPortFrom(Pool()[0], port) }

	It("each of the ten ports leads to its own port inside, and is answered from", Requirement(requirement),
		func(ctx SpecContext) {
			client := at(lab, "Y1:50000")
			lab.Premise(at(lab, "X:80").Hears(ctx, client.To(public())), NoForward)
			for i := range uint16(10) {
				server, to := at.port(lab, "X", first+i), outside(27000+i)
				By("Y1:50000 sends to " + to.String() + ", and " + server.String() + " answers")
				Expect(server.Hears(ctx, client.To(to))).To(BeHeard())
				Expect(client.Hears(ctx, server.To(client.Addr()))).To(BeHeardFrom(to))
			}
		})

	DescribeTable("the port beside the range leads nowhere,", Requirement(requirement),
		func(ctx SpecContext, outer, inner uint16) {
			lab.Premise(at.port(lab, "X", first).Hears(ctx, at(lab, "Y2:50000").To(outside(27000))), NoForward)
			By("Y1:50000 sends to it")
			Expect(at.port(lab, "X", inner).Hears(ctx, at(lab, "Y1:50000").To(outside(outer)))).NotTo(BeHeard())
		},
		Entry("before it", uint16(26999), first-1), Entry("after it", uint16(27010), first+10),
	)
}

// RangePorts declares the spec that no other mapping takes an endpoint of a range, in a lab
// with RangePolicy.
func RangePorts(lab *Lab, at At, first uint16, requirement string) {
	It("a mapping of another host does not take an endpoint of a range", Requirement(requirement),
		func(ctx SpecContext) {
			server, client := at.port(lab, "X", first), at(lab, "Y1:50000")
			to := netip.AddrPortFrom(Pool()[0], 27000)
			lab.Premise(server.Hears(ctx, at(lab, "Y2:50000").To(to)),
				"the range lets nothing in (translation.dnat-range)")

			By("X2 sends to the client from a port of the range, and the client sends to that")
			at(lab, "X2:27000").SeenBy(ctx, client)
			Expect(server.Hears(ctx, client.To(to))).To(BeHeard(), "it must still lead to X")
		})
}
