package rfc6888

import (
	"context"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 6888, Section 3, REQ-11. A quota is what an administrator can set, so it stands for
// whatever keeps a NAT from making a mapping.
var _ = Describe("RFC 6888 3, REQ-11, a subscriber with its 10 ports:", func() {
	const limit = 10
	lab := NewLab(limited(Limits{Ports: limit}))

	// full has X take all its ports.
	full := func(ctx context.Context, at tables.At) []*Flow {
		GinkgoHelper()
		By("X opens as many flows to Y1 as it may have ports")
		open := lab.OpenAll(ctx, at(lab, "X:30000").Sessions(limit, at(lab, "Y1:8000"))...)
		lab.PremiseCount(open, limit, "not every port can be used (rfc6888.req-4)")
		return open
	}

	// excess has X send from one port more, which is to get no mapping.
	excess := func(ctx context.Context, at tables.At) Heard {
		GinkgoHelper()
		full(ctx, at)
		By("X sends from one port more")
		x, y := at(lab, "X:30100"), at(lab, "Y1:8000")
		heard := y.HearsBeside(ctx, "X3", x.To(y.Addr()))
		if heard.Arrival != nil && slices.Contains(lab.External, heard.Source().Addr()) {
			lab.Inconclusive("it got a mapping: the limit is not kept, or another one had to go " +
				"(rfc6888.req-4, rfc6888.req-11d); " + heard.String())
		}
		return heard
	}

	DescribeTable("a packet that gets no mapping is dropped,", Requirement("rfc6888.req-11a"),
		func(ctx SpecContext, at tables.At) {
			Expect(excess(ctx, at)).NotTo(BeHeard(), "it may not get out, translated or not")
		}, protocols)

	DescribeTable("its sender is told that the host cannot be reached,", Requirement("rfc6888.req-11b"),
		func(ctx SpecContext, at tables.At) {
			excess(ctx, at)

			By("X sends again")
			refused := at(lab, "X:30100").HearsRefused(ctx, at(lab, "X:30100").To(at(lab, "Y1:8000").Addr()))
			Expect(refused).To(BeHeard(), "it must be told")
			Expect(refused.Code()).To(Be[uint8](1), "it must be host unreachable; 13 is what RFC 5508 asks for")
		}, protocols)

	DescribeTable("its mappings stay as they are while it asks for more,", Requirement("rfc6888.req-11d"),
		func(ctx SpecContext, at tables.At) {
			open := full(ctx, at)

			By("X sends from ten ports more, and then Y1 in each of the first ten flows")
			lab.Storm(ctx, "X3", at(lab, "X:30100").Sessions(limit, at(lab, "Y1:8000"))...)
			Expect(len(lab.StillOpen(ctx, open...))).To(Be(limit), "no mapping may be deleted to make room")
		}, protocols)
})

var _ = Describe("RFC 6888 3, REQ-11 d), 20 ports for all, and 14 for each:", func() {
	const ports, limit = 20, 14
	lab := NewLab(Setup{Policy: Policy{
		Ports:  PortRange{First: 40_000, Last: 40_000 + ports - 1},
		Static: apart(), Carrier: Carrier{Subscriber: Limits{Ports: limit}},
	}})

	DescribeTable("the mappings of one subscriber stay when another finds no port,", Requirement("rfc6888.req-11d"),
		func(ctx SpecContext, at tables.At) {
			y := at(lab, "Y1:8000")
			By("X opens 10 flows to Y1, and X2 sends from 14 ports")
			open := lab.OpenAll(ctx, at(lab, "X:30000").Sessions(10, y)...)
			lab.PremiseCount(open, 10, "not every port can be used (rfc6888.req-4)")
			lab.Storm(ctx, "X3", at(lab, "X2:30100").Sessions(limit, y)...)

			By("Y1 sends in each flow of X")
			Expect(len(lab.StillOpen(ctx, open...))).To(Be(10), "no mapping may be deleted to make room")
		},
		Entry("of UDP", tables.At((*Lab).UDP)), Entry("of TCP", tables.At((*Lab).TCP)))
})
