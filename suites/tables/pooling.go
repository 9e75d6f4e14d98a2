package tables

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// Pooling declares the spec of paired address pooling, in a lab whose policy has a
// pool.
func Pooling(lab *Lab, at At, requirement string) {
	It("all sessions of one internal address use the same external address",
		Requirement(requirement), func(ctx SpecContext) {
			By("X and X2, in turn, send from 64 ports each to four hosts")
			var sessions []Session
			for i := range 64 {
				y := at(lab, []string{"Y1:7", "Y2:7", "Y3:7", "Y4:7"}[i%4])
				for _, name := range []string{"X", "X2"} {
					sessions = append(sessions, Session{X: at.port(lab, name, 30000+uint16(i)), Y: y})
				}
			}
			Expect(lab.SeenInAll(ctx, sessions...)).To(BeOneAddress())
		})
}

// FewPorts is a pool whose addresses have 20 ports each.
func FewPorts() Policy { return Policy{Pool: Pool(), Ports: PortRange{First: 40000, Last: 40019}} }

// usesUp has X send to y until its address has no port left: from 19 ports of the 20,
// which it returns, and from two more, since the controls may have one. The first session
// is probed, so that these have theirs in time.
func usesUp(ctx SpecContext, lab *Lab, at At, y *Endpoint) Sightings {
	GinkgoHelper()
	By(fmt.Sprintf("X opens a session to %s, and sends to it from 18 further ports and from two more", y))
	first := lab.Open(ctx, at(lab, "X:30000"), y, false)
	lab.Premise(first.Probe(ctx), "no answer comes in")
	seen := Sightings{{Session: Session{X: first.X, Y: y}, Source: first.Mapping}}
	seen = append(seen, lab.SeenInAll(ctx, lab.Sessions("X", 30001, 18, y)...)...)
	for _, port := range []uint16{30050, 30051} {
		y.Hears(ctx, first.X.Sibling(port).To(y.Addr()))
	}
	return seen
}

// OutOfPorts declares the spec that a host gets no new session when its address has no
// port left, in a lab with FewPorts; paired is the requirement of paired pooling. One
// peer is enough to use the ports up, and more would not be: RFC 7857, Section 3 allows a
// port to serve several endpoints whose peers differ. Whether another host still gets a
// session is told for the record: the NAT may have paired it with the same address.
func OutOfPorts(lab *Lab, at At, requirement, paired string) {
	It("a session beyond the last port of the paired address is dropped", Requirement(requirement),
		func(ctx SpecContext) {
			x, y := at(lab, "X:30100"), at(lab, "Y1:7")
			seen := usesUp(ctx, lab, at, y)
			lab.PremiseOneAddress(seen, "X is not paired with an address ("+paired+")")

			By("X sends from one port more, and X2 from its first")
			heard := y.Hears(ctx, x.To(y.Addr()))
			y.HearsBeside(ctx, "X", at(lab, "X2:30000").To(y.Addr()))
			Expect(append(seen, heard.Sightings(x, y)...)).To(BeOneAddress(),
				"the 20 ports of the paired address are in use, and no other may serve")
			lab.PremiseSilence(heard, "the 20 ports are not used up by more endpoints")
		})
}

// SoftPooling declares the spec that such a host goes on with another address, in a lab
// with FewPorts and soft pooling.
func SoftPooling(lab *Lab, at At, requirement string) {
	It("a session beyond the last port of the paired address leaves from another one", Requirement(requirement),
		func(ctx SpecContext) {
			y := at(lab, "Y1:7")
			usesUp(ctx, lab, at, y)

			By("X sends from one port more")
			Expect(y.Hears(ctx, at(lab, "X:30100").To(y.Addr()))).To(BeHeard(), "another address has ports left")
		})
}
