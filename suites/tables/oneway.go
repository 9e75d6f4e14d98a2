package tables

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// OneWayPolicy is a pool, and a port forward of a protocol.
func OneWayPolicy(protocol string) Policy {
	policy := ForwardPolicy(protocol)
	policy.Pool = Pool()
	return policy
}

// OneWay declares the specs that nothing unsolicited comes in beside what a forward
// asks for, in a lab with OneWayPolicy of the protocol; another is the other protocol.
func OneWay(lab *Lab, at, another At, requirement string) {
	beside := func(addr netip.Addr, port uint16) netip.AddrPort { return netip.AddrPortFrom(addr, port) }
	DescribeTable("what nobody has asked for comes in nowhere but by a forward,", Requirement(requirement),
		func(ctx SpecContext, at At, host string, to netip.AddrPort) {
			By("Y1:50000 sends to " + to.String())
			Expect(at(lab, host).Hears(ctx, at(lab, "Y1:50000").To(to))).NotTo(BeHeard(),
				"sessions begin inside, unless there is a static mapping")
		},
		Entry("at another port", at, "X:80", beside(Pool()[0], 80)),
		Entry("at the forward's port of another address", at, "X:80", beside(Pool()[1], 8080)),
		Entry("at the forward's port of another protocol", another, "X:80", public()),
		Entry("at a host's own address", at, "X2:80", beside(Addr("X2"), 80)),
	)
}
