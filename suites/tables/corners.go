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

// known are ports beside those of services that filters, helpers and proxies look for: of remote
// shells, mail, files, names, addresses, time, printers, tunnels, calls, games and peers.
var known = []uint16{
	19, 20, 21, 22, 23, 67, 68, 69, 110, 111, 119, 135, 137, 138, 139, 143, 161, 162, 179, 389, 445, 465, 514, 515,
	546, 554, 587, 631, 636, 853, 873, 989, 990, 993, 995, 1080, 1194, 1433, 1701, 1719, 1720, 1723, 1812, 1883, 1900,
	1935, 2000, 2049, 2222, 3074, 3128, 3306, 3389, 3724, 3784, 4501, 4672, 4789, 5001, 5004, 5005, 5061, 5222, 5228,
	5351, 5355, 5432, 5900, 6081, 6379, 6566, 6667, 6881, 6889, 7547, 7777, 8000, 8008, 8080, 8333, 8443, 8554, 8883,
	9000, 9001, 9100, 9418, 10000, 10080, 11211, 19302, 25565, 27015, 30303, 33434, 40000, 49152, 51413, 51820, 64738,
}

// AllPorts declares the spec that ports from all over the range serve as any other, in a
// lab of its own: by pairs, so that each is used on either side. Known ones are used on both
// at once.
func AllPorts(lab *Lab, at At, requirement string) {
	It("ports from all over the range serve as any other on either side", Requirement(requirement),
		func(ctx SpecContext) {
			By("X sends from many ports to as many of Y2, and Y2 answers")
			var sessions []Session
			for _, port := range known {
				sessions = append(sessions, Session{X: at.port(lab, "X", port), Y: at.port(lab, "Y2", port)})
			}
			for i := range uint16(160) {
				x, y := at.port(lab, "X", 1200+401*i), at.port(lab, "Y2", 1100+403*((i*67+11)%160))
				sessions = append(sessions, Session{X: x, Y: y})
			}
			serves := map[string]bool{}
			held, _ := lab.Answered(ctx, lab.Attempt(ctx, sessions...).Flows()...)
			for _, f := range held {
				serves[f.X.String()] = true
			}

			By("those that did not serve are tried one by one")
			var lost Lost
			for _, s := range sessions {
				if !serves[s.X.String()] && len(lost) < fewPorts {
					heard := Insist(func() Heard { GinkgoHelper(); return lab.Exchange(ctx, s.X, s.Y) })
					lost = lost.Unless(heard, "%s to %s, or the answer", s.X, s.Y)
				}
			}
			Expect(lost).To(BeNothing())
		})
}

// fewPorts are enough to say which do not serve.
const fewPorts = 5

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
