package rfc5382

import (
	"fmt"
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// scans are segments that begin no connection and go on with none. A scanner sends
// them since they are often let through, or leave something behind, where a SYN does
// not: FIN, nothing, FIN and PSH and URG, ACK, SYN-ACK.
var scans = []Flags{FIN, 0, FIN | PSH | URG, ACK, SYN | ACK}

var _ = Describe("Scans of TCP:", func() {
	lab := NewLab(Setup{})

	It("what goes to ports without a mapping gets nowhere and leaves nothing behind",
		Requirement("practice.tcp-scan"), func(ctx SpecContext) {
			y1, y2, y3 := lab.TCP("Y1:8000"), lab.TCP("Y2:8000"), lab.TCP("Y3:8000")
			mapping := lab.Mapping(ctx, lab.TCP("X:35000"), y1, y2)
			filtering := lab.Filtering(ctx, lab.TCP("X:35010"))

			By("Y3:8000 sends five kinds of segments to three ports of the NAT that nobody has")
			for _, port := range []uint16{35020, 35030, 35031} {
				for _, flags := range scans {
					lab.Sends(ctx, y3.To(netip.AddrPortFrom(lab.External[0], port)).As(Segment{Flags: &flags}))
				}
			}
			By("X uses these ports")
			Expect(lab.Mapping(ctx, lab.TCP("X:35020"), y1, y2)).To(BeLike(mapping), "mapping must not change")
			Expect(lab.Filtering(ctx, lab.TCP("X:35030"))).To(BeLike(filtering), "filtering must not change")
		})

	It("what goes to a mapping gets no further than a SYN does and leaves nothing behind",
		Requirement("practice.tcp-scan"), func(ctx SpecContext) {
			y1, y3 := lab.TCP("Y1:8000"), lab.TCP("Y3:8000")
			other, flow := lab.TCP("X:35100"), lab.Open(ctx, lab.TCP("X:35110"), y1, true)
			unscanned := lab.AtMapping(ctx, other, other.SeenBy(ctx, y1), y3)

			for _, flags := range scans {
				By(fmt.Sprintf("Y3:80, to which X:35110 has not sent, sends %q to its mapping", flags))
				heard := flow.X.Hears(ctx, y3.To(flow.Mapping).As(Segment{Flags: &flags}))
				if unscanned.Dependence != EndpointIndependent {
					Expect(heard).NotTo(BeHeard(), "the filter must hold for every segment")
				}
			}
			Expect(flow.Plays(ctx, FromX(Data), FromY(Data))).To(BePassed())
			Expect(lab.AtMapping(ctx, flow.X, flow.Mapping, y3)).To(BeLike(unscanned), "filtering must not change")
		})
})
