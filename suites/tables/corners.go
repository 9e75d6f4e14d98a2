package tables

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// services are ports that devices on the way are known to treat as special.
var services = []uint16{25, 53, 80, 123, 443, 500, 3478, 4500, 5060, 5353}

// EdgePorts declares the specs that the ports at the edges of the ranges and those of
// services serve as any other.
func EdgePorts(lab *Lab, at At, requirement string) {
	It("ports 1, 1023, 1024 and 65535 serve as any other on either side", Requirement(requirement),
		func(ctx SpecContext) {
			By("X and Y1 use each of the ports, and answer each other")
			x, y := at(lab, "X:47100"), at(lab, "Y1:7")
			var lost Lost
			for _, port := range []uint16{1, 1023, 1024, 65535} {
				lost = lost.Unless(lab.Exchange(ctx, x.Sibling(port), y), "port %d of X", port)
				lost = lost.Unless(lab.Exchange(ctx, x, y.Sibling(port)), "port %d of Y1", port)
			}
			Expect(lost).To(BeNothing())
		})

	It("the ports of services serve as any other on either side, and on both at once", Requirement(requirement),
		func(ctx SpecContext) {
			By("X and Y1 use each of the ports, and answer each other")
			x, y := at(lab, "X:47110"), at(lab, "Y1:7")
			var lost Lost
			exchange := func(x, y *Endpoint) Heard {
				GinkgoHelper()
				return Insist(func() Heard { GinkgoHelper(); return lab.Exchange(ctx, x, y) })
			}
			for _, port := range services {
				lost = lost.Unless(exchange(x.Sibling(port), y), "port %d of X", port)
				lost = lost.Unless(exchange(x, y.Sibling(port)), "port %d of Y1", port)
				lost = lost.Unless(exchange(x.Sibling(port), y.Sibling(port)), "port %d of both", port)
			}
			Expect(lost).To(BeNothing())
		})
}

// AllPorts declares the spec that ports from all over the range serve as any other, in a
// lab of its own: by pairs, so that each is used on either side.
func AllPorts(lab *Lab, at At, requirement string) {
	It("ports from all over the range serve as any other on either side", Requirement(requirement),
		func(ctx SpecContext) {
			By("X sends from 160 ports to as many of Y2, and Y2 answers")
			var sessions []Session
			for i := range uint16(160) {
				x, y := at.port(lab, "X", 1200+401*i), at.port(lab, "Y2", 1100+403*((i*67+11)%160))
				sessions = append(sessions, Session{X: x, Y: y})
			}
			seen := lab.Attempt(ctx, sessions...)
			Expect(len(seen)).To(Be(len(sessions)), "what each endpoint sends must arrive")
			held, _ := lab.Answered(ctx, seen.Flows()...)
			Expect(len(held)).To(Be(len(sessions)), "each endpoint must get its answer")
		})
}

// EdgeHeaders declares the spec that values of a header at their edges, and those that
// have a meaning to some routers, are carried as any other.
func EdgeHeaders(lab *Lab, at At, requirement string) {
	It("packets of several classes, with few hops to live and with many, and with the ID 0 are carried both ways",
		Requirement(requirement), func(ctx SpecContext) {
			flow := lab.Open(ctx, at(lab, "X:47120"), at(lab, "Y1:7"), true)

			By("X and Y1 send such packets to each other")
			passing := &Passing{A: flow.X, B: flow.Y, To: flow.Y.Addr(), Back: flow.Mapping}
			var lost Lost
			for _, kind := range headers {
				lost = passing.Unheard(ctx, lost, kind.name, kind.of)
			}
			Expect(lost).To(BeNothing())
		})
}

// headers are kinds of IP headers. A packet with two hops to live arrives with one.
var headers = []struct {
	name string
	of   func(*Packet) *Packet
}{
	{"TTL 2", func(p *Packet) *Packet { return p.TTL(2) }},
	{"TTL 255", func(p *Packet) *Packet { return p.TTL(255) }},
	{"ID 0 and DF=1", func(p *Packet) *Packet { return p.WithID(0).DontFragment() }},
	{"ID 0", func(p *Packet) *Packet { return p.WithID(0) }},
	{"ID 65535", func(p *Packet) *Packet { return p.WithID(65535) }},
	{"expedited forwarding", func(p *Packet) *Packet { return p.Class(0xb8) }},
	{"network control", func(p *Packet) *Packet { return p.Class(0xe0) }},
	{"lower effort", func(p *Packet) *Packet { return p.Class(0x04) }},
	{"ECN, marked", func(p *Packet) *Packet { return p.Class(0x03) }},
	{"ECN, of low latency", func(p *Packet) *Packet { return p.Class(0x01) }},
}
