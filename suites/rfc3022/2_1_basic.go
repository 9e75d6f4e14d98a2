package rfc3022

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 3022, Section 2.1: "Individual local addresses may be statically mapped to
// specific global addresses to ensure guaranteed access to the outside or to
// allow access to the local host from external hosts via a fixed public address."
var _ = Describe("RFC 3022 2.1, static address mapping:", func() {
	registered := Pool()[1]
	lab := NewLab(Setup{Policy: Policy{Static: []Pair{{Inside: Addr("X"), External: registered}}}})

	// The controls are X2's, which has no pair: the host whose pair may be broken
	// would have none that work.
	It("the host is reached at its registered address", Requirement("rfc3022.basic-static"), func(ctx SpecContext) {
		x, y := lab.UDP("X:5000"), lab.UDP("Y1:80")

		By("Y1:80 sends to the registered address without having been sent to")
		heard := x.HearsBeside(ctx, "X2", y.To(netip.AddrPortFrom(registered, 5000)))
		Expect(heard).To(BeHeardFrom(y.Addr()))
	})

	It("the host leaves from its registered address", Requirement("rfc3022.basic-static"), func(ctx SpecContext) {
		x, y := lab.UDP("X:5000"), lab.UDP("Y2:80")

		By("X:5000 sends to Y2:80")
		heard := y.HearsBeside(ctx, "X2", x.To(y.Addr()))
		Expect(heard).To(BeHeardFrom(netip.AddrPortFrom(registered, 5000)))
	})

	It("the host keeps its address beside others with the same port",
		Requirement("rfc3022.basic-static"), func(ctx SpecContext) {
			x, y := lab.UDP("X:5000"), lab.UDP("Y1:80")
			lab.UDP("X2:5000").SeenBy(ctx, y)
			lab.UDP("X3:5000").SeenBy(ctx, y)

			By("Y1:80, to which X2:5000 and X3:5000 have sent, sends to the registered address")
			heard := x.HearsBeside(ctx, "X2", y.To(netip.AddrPortFrom(registered, 5000)))
			Expect(heard).To(BeHeardFrom(y.Addr()))
		})
})
