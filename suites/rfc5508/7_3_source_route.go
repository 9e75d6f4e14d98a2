package rfc5508

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// route is an option with which a packet takes its way by a private address: loose or
// strict source routing (RFC 791, Section 3.1), already at its end, so that nobody has to
// change the destination.
func route(kind byte) []byte {
	hop := Addr("X2").As4()
	return append([]byte{1, kind, 7, 8}, hop[:]...)
}

const looseRoute, strictRoute byte = 131, 137

// RFC 5508, Section 7.3. What gets out with the private address replaced is as good as
// what does not get out at all.
var _ = Describe("RFC 5508 7.3, source routes:", func() {
	lab := NewLab(Setup{})

	DescribeTable("a query with a route of private addresses does not show them outside,",
		Requirement("rfc5508.s7.3"), func(ctx SpecContext, kind byte) {
			x, y := lab.Echo("X:50500"), lab.Echo("Y1:7")

			By(fmt.Sprintf("X asks Y1, with option %d, by way of X2", kind))
			Expect(y.Hears(ctx, x.To(y.Addr()).Options(route(kind)...))).NotTo(Show(Addr("X2")))
		},
		Entry("a loose one", looseRoute),
		Entry("a strict one", strictRoute),
	)

	It("an error that quotes a route of private addresses does not show them outside", Requirement("rfc5508.s7.3"),
		func(ctx SpecContext) {
			y, arrived := received(ctx, lab, udp, 50600)

			By("X sends Port Unreachable about a datagram that has come by way of X2")
			err := lab.ICMPError("X", 3, 3, 0, arrived).WithOptions(route(looseRoute)).Anyhow()
			Expect(y.Hears(ctx, err)).NotTo(Show(Addr("X2")))
		})

	// A NAT may take such packets or not (RFC 5508, REQ-10 b) 3).
	It("a datagram with a route gets through in both directions or not at all", Requirement("rfc5508.req-10b-3"),
		func(ctx SpecContext) {
			x, y := lab.UDP("X:50700"), lab.UDP("Y1:7")

			By("X sends to Y1 with a source route")
			heard := y.Hears(ctx, x.To(y.Addr()).Options(route(looseRoute)...))
			lab.Note(fmt.Sprintf("taken: %t", heard.Arrival != nil))
			if heard.Arrival != nil {
				Expect(x.Hears(ctx, y.To(heard.Source()))).To(BeHeard(), "what is taken must be answered")
			}
		})
})
