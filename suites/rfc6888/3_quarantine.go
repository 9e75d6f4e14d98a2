package rfc6888

import (
	"context"
	"net/netip"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

const (
	ports    = 20
	lifetime = 10 * time.Second
)

// quarantining has 20 ports, whose mappings live for 10 seconds, and a quarantine. With the
// filter, exception c) does not apply.
func quarantining(carrier Carrier) Policy {
	return Policy{
		Ports:      PortRange{First: 40_000, Last: 40_000 + ports - 1},
		UDPTimeout: lifetime, UDPFiltering: EndpointIndependent.Asked(),
		Static:  apart(),
		Carrier: carrier,
	}
}

// frees has X use up the 20 ports toward Y1, and waits until all its mappings have ended.
func frees(ctx context.Context, lab *Lab, late *Endpoint) {
	GinkgoHelper()
	By("X sends from 20 ports to Y1, and X2 in vain")
	y := lab.UDP("Y1:8000")
	flows := lab.OpenAll(ctx, lab.Sessions("X", 30000, ports, y)...)
	lab.PremiseCount(flows, ports, "not every port can be used (practice.capacity)")
	lab.PremiseSilence(y.HearsBeside(ctx, "X3", late.To(y.Addr())), "the ports are not used up by more endpoints")

	By("20 seconds pass, in which the mappings end")
	lab.Idle(ctx, 2*lifetime)
	lab.PremiseDead(flows[0].X.HearsBeside(ctx, "X3", y.To(flows[0].Mapping)),
		"mappings outlive the timer that was chosen (rfc4787.req-5b)")
}

// servesNobody sends from X2 and from another port of the host that had all ports: a port in
// quarantine is not "reallocated to a new mapping", whosever that is.
func servesNobody(ctx context.Context, lab *Lab, x2, y *Endpoint) {
	GinkgoHelper()
	for _, x := range []*Endpoint{x2, lab.UDP("X:30200")} {
		Expect(y.HearsBeside(ctx, "X3", x.To(y.Addr()))).NotTo(BeHeard(), "no port may be given out yet")
	}
}

// RFC 6888, Section 3, REQ-8. The ports are free from 10 seconds on.
var _ = Describe("RFC 6888 3, REQ-8, a quarantine of 120 seconds:", func() {
	const quarantine = 2 * time.Minute
	lab := NewLab(Setup{Policy: quarantining(Carrier{Quarantine: quarantine})})

	It("a port of UDP serves nobody for 120 seconds after its mapping has ended", Requirement("rfc6888.req-8"),
		func(ctx SpecContext) {
			y, x2 := lab.UDP("Y1:8000"), lab.UDP("X2:30100")
			frees(ctx, lab, x2)
			for _, at := range []time.Duration{2 * lifetime, lifetime/2 + quarantine} {
				By("X2, and X from another port, send when " + at.String() + " have passed")
				lab.IdleUntil(ctx, at)
				servesNobody(ctx, lab, x2, y)
			}
		})
})

var _ = Describe("RFC 6888 3, REQ-8, a quarantine of 30 seconds:", func() {
	const quarantine = 30 * time.Second
	lab := NewLab(Setup{Policy: quarantining(Carrier{Quarantine: quarantine})})

	It("a port of UDP serves nobody for 30 seconds, and then another subscriber", Requirement("rfc6888.req-8-config"),
		func(ctx SpecContext) {
			y, x2 := lab.UDP("Y1:8000"), lab.UDP("X2:30100")
			frees(ctx, lab, x2)
			By("X2, and X from another port, send before the quarantine is over, and X2 after it")
			servesNobody(ctx, lab, x2, y)
			lab.IdleUntil(ctx, 2*lifetime+2*quarantine)
			Expect(y.HearsBeside(ctx, "X3", x2.To(y.Addr()))).To(BeHeard(), "the quarantine is over")
		})
})

var _ = Describe("RFC 6888 3, REQ-8, a quarantine of 4 ports:", func() {
	const most = 4
	lab := NewLab(Setup{Policy: quarantining(Carrier{Quarantine: 2 * time.Minute, QuarantinedPorts: most})})

	It("of 20 ports whose mappings have ended 16 serve another subscriber at once", Requirement("rfc6888.req-8-config"),
		func(ctx SpecContext) {
			x2 := lab.UDP("X2:30100")
			frees(ctx, lab, x2)
			By("X2 sends from 20 ports")
			Expect(len(lab.AttemptBeside(ctx, "X3", x2.Sessions(ports, lab.UDP("Y1:8000"))...))).To(Be(ports - most))
		})
})

// RFC 6888, Section 3, REQ-8 a): whoever reuses ports of TCP at once has to know by the
// connections' states that they are free.
var _ = Describe("RFC 6888 3, REQ-8 a), ports of TCP in a quarantine:", func() {
	const closed = 5
	policy := quarantining(Carrier{Quarantine: 2 * time.Minute})
	policy.TCPClosing = lifetime
	lab := NewLab(Setup{Policy: policy})

	It("those of connections that are over may serve others at once, and those of open ones do not",
		Requirement("rfc6888.req-8a"), func(ctx SpecContext) {
			By("X opens as many connections to Y1 as there are ports, and five of them are closed")
			y := lab.TCP("Y1:8000")
			open := lab.OpenAll(ctx, lab.Sessions("X", 30000, ports, y)...)
			lab.PremiseCount(open, ports, "not every port can be used (practice.ports-recovered)")
			for _, flow := range open[:closed] {
				tables.Closes(ctx, flow)
			}

			By("20 seconds pass, and X2 sends from 10 ports")
			lab.Idle(ctx, 2*lifetime)
			late := lab.AttemptBeside(ctx, "X3", lab.TCP("X2:30100").Sessions(2*closed, y)...)
			for _, flow := range open[closed:] {
				late = append(late, Sighting{Session: Session{X: flow.X, Y: y}, Source: flow.Mapping})
			}
			Expect(late).To(ShareNoEndpoint(), "a port is free when its connection is over")
			Expect(len(lab.StillOpen(ctx, open[closed:]...))).To(Be(ports-closed), "who has a port must keep it")
		})
})

// RFC 6888, Section 3, REQ-8 b): the assignment "remains constant across state loss". What a
// NAT loses by its timers is as lost as by a crash.
var _ = Describe("RFC 6888 3, REQ-8 b), blocks of 20 ports:", func() { inBlocks(nil) })

// With several external addresses, a block is at one of them for good.
var _ = Describe("RFC 6888 3, REQ-8 b), blocks of 20 ports of three addresses:", func() { inBlocks(Pool()[:3]) })

func inBlocks(pool []netip.Addr) {
	lab := NewLab(Setup{Policy: Policy{Pool: pool, UDPTimeout: lifetime, Carrier: Carrier{PortBlock: ports}}})

	DescribeTable("three subscribers that want more ports than a block has keep to their own blocks,",
		Requirement("rfc6888.req-8b"), func(ctx SpecContext, at tables.At) {
			By("X, X2 and X3 each send from 30 ports, which is more than they have, and from low ones")
			y := at(lab, "Y1:8000")
			var seen Sightings
			for _, host := range []string{"X", "X2", "X3"} {
				// The controls are the host's own, which take a port of its block before it is full.
				own := lab.AttemptBeside(ctx, host, lab.Sessions(host, 700, 3, y)...)
				own = append(own, lab.AttemptBeside(ctx, host, lab.Sessions(host, 32000, ports+10, y)...)...)
				Expect(Counted(len(own), "endpoints of "+host)).To(HoldAtLeast(ports*3/4), "its block must be its own")
				seen = append(seen, own...)
			}
			Expect(seen).To(LieInBlocks(ports))
		},
		Entry("of UDP", tables.At((*Lab).UDP)), Entry("of TCP", tables.At((*Lab).TCP)))

	It("each subscriber has ports of its own block, also when all mappings have ended and others come first",
		Requirement("rfc6888.req-8b"), func(ctx SpecContext) {
			const used = ports * 3 / 4
			y := lab.UDP("Y1:8000")
			By("X, and then X2, sends from 15 ports")
			seen := lab.SeenInAll(ctx, lab.Sessions("X", 30000, used, y)...)
			seen = append(seen, lab.SeenInAll(ctx, lab.Sessions("X2", 30000, used, y)...)...)

			By("20 seconds pass, and X2 sends, and then X, from 15 other ports")
			lab.Idle(ctx, 2*lifetime)
			seen = append(seen, lab.AttemptBeside(ctx, "X3", lab.Sessions("X2", 31000, used, y)...)...)
			seen = append(seen, lab.AttemptBeside(ctx, "X3", lab.Sessions("X", 31000, used, y)...)...)
			Expect(seen).To(LieInBlocks(ports))
		})
}

// RFC 6888, Section 3, REQ-8 c): such ports may be reused at once, since who had to do with
// the old mapping does not get in by the new one.
var _ = Describe("RFC 6888 3, REQ-8 c), a filter by address and a quarantine:", func() {
	policy := quarantining(Carrier{Quarantine: 2 * time.Minute})
	policy.UDPFiltering = AddressDependent.Asked()
	lab := NewLab(Setup{Policy: policy})

	It("where a port is reused before its time, the peers of the old mapping are kept out",
		Requirement("rfc6888.req-8c"), func(ctx SpecContext) {
			x2, y1, y2 := lab.UDP("X2:30100"), lab.UDP("Y1:8000"), lab.UDP("Y2:8000")
			frees(ctx, lab, x2)

			By("X2 sends to Y2, and Y1 to the port that X2 has got")
			heard := y2.HearsBeside(ctx, "X3", x2.To(y2.Addr()))
			if heard.Arrival == nil {
				lab.Note("the port is in quarantine all the same")
				return
			}
			Expect(x2.HearsBeside(ctx, "X3", y1.To(heard.Source()))).NotTo(BeHeard(), "Y1 knows X, and not X2")
			Expect(x2.HearsBeside(ctx, "X3", y2.To(heard.Source()))).To(BeHeard(), "Y2 must get in")
		})
})
