package tables

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RangePolicy forwards ten ports of a protocol to X, to the same ones inside or to others.
func RangePolicy(protocol string, first uint16) Policy {
	return Policy{Translation: Translation{Ranges: []Range{{
		Protocol: protocol, External: Pool()[0], Ports: PortRange{First: 27000, Last: 27009},
		Inside: netip.AddrPortFrom(Addr("X"), first),
	}}}}
}

// Ranges declares the specs of a range of forwarded ports, in a lab with RangePolicy of the
// same first port inside.
func Ranges(lab *Lab, at At, first uint16, requirement string) {
	outside := func(port uint16) netip.AddrPort { return netip.AddrPortFrom(Pool()[0], port) }

	It("the first port, the last and one between lead each to its own port inside, and are answered from",
		Requirement(requirement), func(ctx SpecContext) {
			client := at(lab, "Y1:50000")
			for _, i := range []uint16{0, 4, 9} {
				server, to := at.port(lab, "X", first+i), outside(27000+i)
				By("Y1:50000 sends to " + to.String() + ", and " + server.String() + " answers")
				heard := server.Hears(ctx, client.To(to))
				if i == 0 {
					lab.Premise(heard, NoForward)
				}
				Expect(heard).To(BeHeard())
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
