package rfc7857

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 7857, Section 10, and RFC 6864, Sections 4.3 and 5.3.1. Each host numbers its packets
// as it likes, and to whoever receives them they are one host's. What must not be
// fragmented may have any ID. The IDs are such as no control has.
var _ = Describe("RFC 7857 10, the IDs of packets that may be fragmented:", func() {
	lab := NewLab(Setup{})

	// pairs are packets of two hosts with the same IDs.
	pairs := func(next func(host int) *Packet) [][2]*Packet {
		var all [][2]*Packet
		for id := range uint16(4) {
			all = append(all, [2]*Packet{next(0).WithID(0xbee0 + id), next(1).WithID(0xbee0 + id)})
		}
		return all
	}

	DescribeTable("those of two hosts toward one are all different,", Requirement("rfc7857.s10"),
		func(ctx SpecContext, over func(*Lab, string) *Endpoint, fragment int) {
			y := over(lab, "Y1:7")
			flows := []*Flow{
				lab.Open(ctx, over(lab, "X:49500"), y, true), lab.Open(ctx, over(lab, "X2:49501"), y, true),
			}

			By("X and X2 each send packets with the same IDs to Y1:7, in turn")
			heard := y.HearsNumbered(ctx, pairs(func(host int) *Packet {
				p := flows[host].X.To(y.Addr())
				if fragment > 0 {
					return p.Size(4000).InFragments(fragment)
				}
				return p
			})...)
			Expect(heard).To(HaveIDsApart())
		},
		Entry("datagrams", (*Lab).UDP, 0),
		Entry("datagrams in fragments, the two hosts' in turn", (*Lab).UDP, 1480),
		Entry("datagrams that come in smaller fragments than they must", (*Lab).UDP, 800),
		Entry("segments", (*Lab).TCP, 0),
		Entry("queries", (*Lab).Echo, 0),
	)
})
