package tables

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// registered is the external address that StaticPolicy pairs with X's.
func registered() netip.Addr { return Pool()[1] }

// StaticPolicy is a static pair of addresses.
func StaticPolicy() Policy {
	return Policy{Static: []Pair{{Inside: Addr("X"), External: registered()}}}
}

// Static declares the specs of a static address mapping, in a lab with StaticPolicy.
// The controls are X2's, which has no pair: the host whose pair may be broken would
// have none that work.
func Static(lab *Lab, at At, requirement string) {
	It("the host is reached at its registered address", Requirement(requirement), func(ctx SpecContext) {
		x, y := at(lab, "X:5000"), at(lab, "Y1:80")

		By("Y1:80 sends to the registered address without having been sent to")
		heard := x.HearsBeside(ctx, "X2", y.To(netip.AddrPortFrom(registered(), 5000)))
		Expect(heard).To(BeHeardFrom(y.Addr()))
	})

	It("the host leaves from its registered address", Requirement(requirement), func(ctx SpecContext) {
		x, y := at(lab, "X:5000"), at(lab, "Y2:80")

		By("X:5000 sends to Y2:80")
		heard := y.HearsBeside(ctx, "X2", x.To(y.Addr()))
		Expect(heard).To(BeHeardFrom(netip.AddrPortFrom(registered(), 5000)))
	})

	It("the host keeps its address beside others with the same port",
		Requirement(requirement), func(ctx SpecContext) {
			x, y := at(lab, "X:5000"), at(lab, "Y1:80")
			at(lab, "X2:5000").SeenBy(ctx, y)
			at(lab, "X3:5000").SeenBy(ctx, y)

			By("Y1:80, to which X2:5000 and X3:5000 have sent, sends to the registered address")
			heard := x.HearsBeside(ctx, "X2", y.To(netip.AddrPortFrom(registered(), 5000)))
			Expect(heard).To(BeHeardFrom(y.Addr()))
		})
}
