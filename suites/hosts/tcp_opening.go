package hosts

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

var _ = Describe("Hosts, a connection of TCP is opened:", func() {
	lab := NewLab(Setup{Sockets: true})

	It("connect to a port where nobody listens is refused", Requirement("hosts.tcp-refused"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)

			By("no program of Y1 has port 81")
			Expect(x.TCP().Connect(ctx, y.At(81))).To(HaveFailed("ECONNREFUSED"),
				"the RST of Y1 must reach the program that has called")
		})
})
