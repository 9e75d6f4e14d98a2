package rfc5382

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// No clause says how many connections a NAT holds. The figure at which it does not hold
// all of them is reported beyond what is judged, too.
var _ = Describe("Capacity for TCP:", func() {
	const judged, tried = 1000, 10_000
	lab := NewLab(Setup{})

	It("each of 1,000 connections is held and can be used", Requirement("practice.capacity-tcp"), Crowd,
		func(ctx SpecContext) {
			By("X, X2 and X3 open ever more connections to Y1:80, and then Y1:8000 sends in each of them")
			y, hosts := lab.TCP("Y1:8000"), []*Endpoint{lab.TCP("X:1"), lab.TCP("X2:1"), lab.TCP("X3:1")}
			capacity := lab.Connections(ctx, func(i int) Session {
				return Session{X: hosts[i%3].Sibling(uint16(10_000 + i)), Y: y}
			}, judged, tried)
			Expect(capacity).To(HoldAtLeast(judged))
		})

	tables.PeerCapacity(lab, (*Lab).TCP, "practice.capacity-peers-tcp")
})

// A port that has served a connection is needed again. RFC 5382, Section 5 lets a NAT
// hold one that is closing for four minutes and more; after five it has no reason to.
var _ = Describe("Capacity for TCP, with 20 ports:", func() {
	const ports = 20
	lab := NewLab(Setup{Policy: Policy{Ports: PortRange{First: 40_000, Last: 40_000 + ports - 1}}})

	It("ports that are used up serve others when their connections are over",
		Requirement("practice.ports-recovered"), func(ctx SpecContext) {
			y, late := lab.TCP("Y1:8000"), lab.TCP("X2:34100")

			By("X has as many connections to Y1:8000 as there are ports, and X2 asks for one in vain")
			open := lab.OpenAll(ctx, lab.TCP("X:34000").Sessions(ports, y)...)
			Expect(len(open)).To(Be(ports), "each of the ports must serve a connection")
			if y.Hears(ctx, late.To(y.Addr())).Arrival != nil {
				lab.Inconclusive("the ports are not used up: the NAT has more than it was asked for")
			}
			Expect(len(lab.StillOpen(ctx, open...))).To(Be(ports), "who has a port must keep it")

			By("all connections are closed, and five minutes pass")
			for _, flow := range open {
				tables.Closes(ctx, flow)
			}
			lab.Idle(ctx, 5*time.Minute)
			again := lab.OpenAll(ctx, late.Sessions(ports, y)...)
			Expect(len(again)).To(Be(ports), "each of the ports must serve another connection")
		})
})
