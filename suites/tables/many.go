package tables

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// ManyFlows declares the spec that many flows of several hosts are told apart, at one time
// and in any order.
func ManyFlows(lab *Lab, at At, requirement string) {
	It("300 flows of three hosts with the same 100 ports, to three servers, each get their own answers",
		Requirement(requirement), func(ctx SpecContext) {
			By("X, X2 and X3 each send from 100 ports, from the same one to the same server")
			var sessions []Session
			for i := range 100 {
				y := at(lab, []string{"Y1:7", "Y2:7", "Y1:8"}[i%3])
				for _, host := range []string{"X", "X2", "X3"} {
					sessions = append(sessions, Session{X: at(lab, fmt.Sprintf("%s:%d", host, 36000+i)), Y: y})
				}
			}
			seen := lab.SeenInAll(ctx, sessions...)
			lab.PremiseApart(seen, "hosts share an external endpoint (rfc4787.req-3, rfc5382.req-7)")

			By("the servers answer in each flow")
			held, astray := lab.Answered(ctx, seen.Flows()...)
			Expect(astray).To(BeNothing(), "each answer must reach the host that it is for")
			lab.PremiseCount(held, len(sessions), "the NAT has no room for so many (practice.capacity)")
		})
}

// ExpiringPorts has few ports for mappings, and a short timer.
func ExpiringPorts() Policy {
	return Policy{Ports: FewPorts().Ports, UDPTimeout: 10 * time.Second}
}

// Expiry declares the spec that ports serve others when their mappings have expired, in
// a lab with ExpiringPorts.
func Expiry(lab *Lab, at At, requirement string) {
	It("ports that are used up serve another host when their mappings have expired", Requirement(requirement),
		func(ctx SpecContext) {
			y, late := at(lab, "Y1:8000"), at(lab, "X2:30100")
			flows := usesUp(ctx, lab, at, y).Flows()

			By("X2 sends, and then the server in each flow of X")
			heard := y.HearsBeside(ctx, "X", late.To(y.Addr()))
			lab.PremiseSilence(heard, "the 20 ports are not used up by more endpoints")
			Expect(len(lab.StillOpen(ctx, flows...))).To(Be(len(flows)), "who has a port must keep it")

			By("20 seconds pass, and X2 sends from as many ports")
			lab.Idle(ctx, 20*time.Second)
			lab.PremiseSilence(flows[0].Probe(ctx), "mappings outlive the timer that was chosen (rfc4787.req-5b)")
			again := lab.OpenAll(ctx, late.Sessions(len(flows), y)...)
			Expect(len(again)).To(Be(len(flows)), "each of the ports must serve another endpoint")
		})
}
