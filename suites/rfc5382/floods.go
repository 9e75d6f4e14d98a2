package rfc5382

import (
	"fmt"
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// A flood of SYNs costs an attacker nothing, and each of them looks like the beginning
// of a connection. What it takes from others is what counts. Those from inside pass,
// and cost more of the run's time each.
var _ = Describe("Floods of TCP:", func() {
	lab := NewLab(Setup{})

	DescribeTable("a flood of SYNs takes nothing from the flows that there are,", Crowd,
		func(ctx SpecContext, from string, flood int, ends func(i int) (source, destination netip.AddrPort)) {
			x, y := lab.TCP("X:33000"), lab.TCP("Y1:8000")
			connection, flow := lab.Open(ctx, x, y, true), lab.Open(ctx, lab.UDP("X:33000"), lab.UDP("Y1:7"), true)

			By(fmt.Sprintf("%s sends %d SYNs, each with ends of its own", from, flood))
			lab.TCP(from+":1").FloodsSYN(ctx, "X", flood, ends)

			By("X:33000 and Y1 go on")
			Expect(connection.Plays(ctx, FromX(Data), FromY(Data))).To(BePassed())
			Expect(flow.Probe(ctx)).To(BeHeard())
		},
		Entry("from outside to every port", Requirement("practice.syn-flood"), "Y2", 50_000,
			func(i int) (netip.AddrPort, netip.AddrPort) {
				return netip.AddrPortFrom(Addr("Y2"), uint16(1024+i)), netip.AddrPortFrom(Pool()[0], uint16(2048+i))
			}),
		Entry("of one host inside, from every port", Requirement("practice.syn-flood-inside"), "X2", 50_000,
			func(i int) (netip.AddrPort, netip.AddrPort) {
				return netip.AddrPortFrom(Addr("X2"), uint16(1024+i)), netip.AddrPortFrom(Addr("Y2"), 80)
			}),
	)
})
