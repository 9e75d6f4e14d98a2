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

	It("the host is reached at its registered address, and leaves from it",
		Requirement("rfc3022.basic-static"), func(ctx SpecContext) {
			x, y := lab.UDP("X:5000"), lab.UDP("Y1:80")

			By("Y1:80 sends to the registered address without having been sent to")
			Expect(x.Hears(ctx, y.To(netip.AddrPortFrom(registered, 5000)))).To(BeHeardFrom(y.Addr()))

			By("X:5000 sends to another host")
			Expect(x.SeenBy(ctx, lab.UDP("Y2:80"))).To(Equal(netip.AddrPortFrom(registered, 5000)))
		})
})
