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
	excess := func(ctx context.Context, x, y *Endpoint) Heard {
		GinkgoHelper()
		By("X sends from one port more")
		heard := y.HearsBeside(ctx, "X3", x.To(y.Addr()))
		if heard.Arrival != nil && slices.Contains(lab.External, heard.Source().Addr()) {
			lab.Inconclusive("it got a mapping: the limit is not kept, or another one had to go " +
				"(rfc6888.req-4, rfc6888.req-11d); " + heard.String())
		}
		return heard
	}

	DescribeTable("a packet that gets no mapping is dropped,", Requirement("rfc6888.req-11a"),
		func(ctx SpecContext, at tables.At) {
			full(ctx, at)
			heard := excess(ctx, at(lab, "X:30100"), at(lab, "Y1:8000"))
			Expect(heard).NotTo(BeHeard(), "it may not get out, translated or not")
		}, protocols)

	// No limit of a rate excuses silence about the first.
	DescribeTable("its sender is told that the host cannot be reached, already of the first,",
		Requirement("rfc6888.req-11b"), func(ctx SpecContext, at tables.At) {
			full(ctx, at)
			By("X sends from the first port too many")
			x, y := at(lab, "X:30100"), at(lab, "Y1:8000")
			first := x.HearsRefused(ctx, x.To(y.Addr()))

			excess(ctx, at(lab, "X:30101"), y)
			again := x.HearsRefused(ctx, x.To(y.Addr()))
			for _, refused := range []Heard{first, again} {
				Expect(refused).To(BeHeard(), "it must be told")
				Expect(refused.Code()).To(Be[uint8](1), "it must be host unreachable; 13 is what RFC 5508 asks for")
			}
		}, protocols)

	DescribeTable("its mappings stay as they are while it asks for more,", Requirement("rfc6888.req-11d"),
		func(ctx SpecContext, at tables.At) {
			open := full(ctx, at)

			By("X sends from ten ports more, and then Y1 in each of the first ten flows")
			lab.Storm(ctx, "X3", at(lab, "X:30100").Sessions(limit, at(lab, "Y1:8000"))...)
			Expect(len(lab.StillOpen(ctx, open...))).To(Be(limit), "no mapping may be deleted to make room")
		}, protocols)
})

// Where no subscriber has a limit, the ports of all are what there is not enough of.
var _ = Describe("RFC 6888 3, REQ-11 d), 20 ports for all:", func() {
	const ports = 20
	lab := NewLab(Setup{Policy: Policy{
		Ports: PortRange{First: 40_000, Last: 40_000 + ports - 1}, Static: apart(),
	}})

	DescribeTable("the mappings of one subscriber stay when another finds no port,", Requirement("rfc6888.req-11d"),
		func(ctx SpecContext, at tables.At) {
			y := at(lab, "Y1:8000")
			By("X opens 10 flows to Y1, and X2 sends from 20 ports")
			open := lab.OpenAll(ctx, at(lab, "X:30000").Sessions(10, y)...)
			lab.PremiseCount(open, 10, "not every port can be used (practice.capacity)")
			lab.Storm(ctx, "X3", at(lab, "X2:30100").Sessions(ports, y)...)

			By("Y1 sends in each flow of X")
			Expect(len(lab.StillOpen(ctx, open...))).To(Be(10), "no mapping may be deleted to make room")
		},
		Entry("of UDP", tables.At((*Lab).UDP)), Entry("of TCP", tables.At((*Lab).TCP)))
})
