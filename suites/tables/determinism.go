package tables

import (
	"net/netip"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// Determinism declares the specs that mapping and filtering do not change with
// conflicts. The primary behavior is the one without a conflict, the secondary and
// tertiary are those after the first and the second. X, X2 and X3 use the same ports
// to bring the conflicts about.
func Determinism(lab *Lab, at At, requirement string) {
	It("filtering is the same without and after conflicts", Requirement(requirement), func(ctx SpecContext) {
		primary := lab.Filtering(ctx, at(lab, "X:42000"))
		Expect(lab.Filtering(ctx, at(lab, "X2:42000"))).To(BeLike(primary), "secondary behavior must be the primary")
		Expect(lab.Filtering(ctx, at(lab, "X3:42000"))).To(BeLike(primary), "tertiary behavior must be the primary")
	})

	It("mapping is the same without and after conflicts", Requirement(requirement), func(ctx SpecContext) {
		y1, y2 := at(lab, "Y1:7"), at(lab, "Y2:7")
		primary := lab.Mapping(ctx, at(lab, "X:43000"), y1, y2)
		Expect(lab.Mapping(ctx, at(lab, "X2:43000"), y1, y2)).To(BeLike(primary),
			"secondary behavior must be the primary")
		Expect(lab.Mapping(ctx, at(lab, "X3:43000"), y1, y2)).To(BeLike(primary),
			"tertiary behavior must be the primary")
	})

	// The example of RFC 4787, Section 8: a NAT that maps endpoint-independently "as long as
	// two endpoints are not establishing sessions to the same external direction,
	// but then switch[es]". So the hosts meet at a destination late.
	It("mapping is the same for hosts that meet at one destination later on",
		Requirement(requirement), func(ctx SpecContext) {
			y1, y2 := at(lab, "Y1:7"), at(lab, "Y2:7")
			primary := lab.Mapping(ctx, at(lab, "X:43999"), y2, y1)

			By("X:44000 and X2:44000 send to Y1:7 and hold their ports there")
			at(lab, "X:44000").SeenBy(ctx, y1)
			at(lab, "X2:44000").SeenBy(ctx, y1)
			Expect(lab.Mapping(ctx, at(lab, "X3:44000"), y2, y1)).To(BeLike(primary),
				"mapping must stay the same when hosts meet at one destination")
		})

	It("filtering is the same after a stranger's packet", Requirement(requirement), func(ctx SpecContext) {
		primary := lab.Filtering(ctx, at(lab, "X:42100"))

		By("Y3:7, to which nobody has sent, sends to a port of the NAT that nobody has")
		at(lab, "X:42300").Hears(ctx, at(lab, "Y3:7").To(netip.AddrPortFrom(lab.External[0], 42300)))
		Expect(lab.Filtering(ctx, at(lab, "X:42200"))).To(BeLike(primary), "filtering must not change over time")
	})

	It("a second stranger fares as the first at one mapping", Requirement(requirement), func(ctx SpecContext) {
		x := at(lab, "X:42400")
		x1 := x.SeenBy(ctx, at(lab, "Y1:7"))

		By("Y2:7 and then Y3:7, to which X:42400 has not sent, send to its mapping")
		first := lab.AtMapping(ctx, x, x1, at(lab, "Y2:7"))
		Expect(lab.AtMapping(ctx, x, x1, at(lab, "Y3:7"))).To(BeLike(first), "filtering must not change over time")
	})

	It("a tenth stranger fares as the first at one mapping", Requirement(requirement), func(ctx SpecContext) {
		x := at(lab, "X:42500")
		x1 := x.SeenBy(ctx, at(lab, "Y1:7"))

		By("ten endpoints of Y2 and Y3, to which X:42500 has not sent, send to its mapping")
		first := lab.AtMapping(ctx, x, x1, at(lab, "Y2:7"))
		for port := range uint16(8) {
			at.port(lab, "Y3", 2000+port).Sends(ctx, x1)
		}
		Expect(lab.AtMapping(ctx, x, x1, at(lab, "Y3:7"))).To(BeLike(first), "filtering must not change over time")
	})

	// Filters of packets have been made that let in whatever seems to be an answer of a name
	// server or the data of FTP.
	DescribeTable("a stranger with a service's port fares as any,", Requirement(requirement),
		func(ctx SpecContext, port uint16) {
			x := at(lab, "X:42600")
			x1 := x.SeenBy(ctx, at(lab, "Y1:7"))

			By("Y2, to which X:42600 has not sent, sends to its mapping from two ports")
			first := lab.AtMapping(ctx, x, x1, at(lab, "Y2:7777"))
			Expect(lab.AtMapping(ctx, x, x1, at.port(lab, "Y2", port))).To(BeLike(first),
				"filtering must not depend on which service the port is")
		},
		Entry("DNS", uint16(53)), Entry("FTP's data", uint16(20)), Entry("NTP", uint16(123)),
	)

	It("mapping is the same after a stranger's packet to it", Requirement(requirement), func(ctx SpecContext) {
		x, y1, y2 := at(lab, "X:43600"), at(lab, "Y1:7"), at(lab, "Y2:7")
		primary := lab.Mapping(ctx, at(lab, "X:43500"), y1, y2)

		By("X:43600 sends to Y1:7, and Y2:7, to which it has not sent, to its mapping")
		x.Hears(ctx, y2.To(x.SeenBy(ctx, y1)))
		x.Forgets(y2.Addr()) // a connection of its own, and no answer to the stranger's
		Expect(lab.Mapping(ctx, x, y1, y2)).To(BeLike(primary), "mapping must not change over time")
	})
}

// DeterminismOfIdle declares the spec that the mapping of an endpoint which has been idle
// stays as it was, in a lab whose timer is longer than the wait.
func DeterminismOfIdle(lab *Lab, at At, requirement string) {
	It("mapping is the same after a hundred seconds without traffic", Requirement(requirement), Waits(100*time.Second),
		func(ctx SpecContext) {
			y1, y2 := at(lab, "Y1:7"), at(lab, "Y2:7")
			primary := lab.Mapping(ctx, at(lab, "X:43700"), y1, y2)
			flow := lab.Open(ctx, at(lab, "X:43800"), y1, true)

			By("a hundred seconds pass, and Y1:7 sends to the mapping of X:43800")
			lab.Idle(ctx, 100*time.Second)
			lab.Premise(flow.X.Hears(ctx, y1.To(flow.Mapping)), "the mapping has ended, which another spec judges")
			Expect(lab.Mapping(ctx, flow.X, y2, y1)).To(BeLike(primary), "mapping must not change over time")
			By("Y1:7 sends to the mapping of X:43800 once more")
			Expect(flow.X.Hears(ctx, y1.To(flow.Mapping))).To(BeHeard(), "the mapping must be the one that there was")
		})
}
