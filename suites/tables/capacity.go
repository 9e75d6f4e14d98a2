package tables

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// How many a NAT must hold, and how many are tried, so that the figure at which the first
// is lost is reported beyond what is judged, too.
const judged, tried = 1000, 10_000

// FlowCapacity declares the spec of how many flows a NAT holds.
func FlowCapacity(lab *Lab, at At, flows string) {
	It("the first of 1,000 flows lives on", Requirement(flows), Crowd, func(ctx SpecContext) {
		By("X:9000 and Y1:7 exchange packets; X, X2 and X3 open ever more flows, and Y1:7 sends to the first again")
		y, hosts := at(lab, "Y1:7"), []*Endpoint{at(lab, "X:1"), at(lab, "X2:1"), at(lab, "X3:1")}
		flow := lab.Open(ctx, at(lab, "X:9000"), y, true)
		capacity := lab.Capacity(ctx, flow, tried, "flows of as many endpoints", func(i int) Session {
			return Session{X: hosts[i%3].Sibling(uint16(10_000 + i)), Y: y}
		})
		Expect(capacity).To(HoldAtLeast(judged))
	})
}

// PeerCapacity declares the spec of how many peers of one endpoint a NAT holds.
func PeerCapacity(lab *Lab, at At, peers string) {
	It("the first of 1,000 peers of one endpoint can still answer", Requirement(peers), Crowd,
		func(ctx SpecContext) {
			By("X:9000 and Y1:7 exchange packets; X:9000 sends to ever more peers, and Y1:7 sends to it again")
			x := at(lab, "X:9000")
			hosts := []*Endpoint{at(lab, "Y1:1"), at(lab, "Y2:1"), at(lab, "Y3:1"), at(lab, "Y4:1")}
			flow := lab.Open(ctx, x, at(lab, "Y1:7"), true)
			capacity := lab.Capacity(ctx, flow, tried, "peers of one endpoint", func(i int) Session {
				return Session{X: x, Y: hosts[i%4].Sibling(uint16(10_000 + i))}
			})
			Expect(capacity).To(HoldAtLeast(judged))
		})
}
