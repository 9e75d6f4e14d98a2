package rfc4787

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 4787, Section 5.
var _ = Describe("RFC 4787 5, filtering:", func() {
	lab := NewLab(Setup{})

	// "Endpoint-Independent" where transparency counts most, "Address-Dependent"
	// where strictness does: either is recommended, address and port-dependent
	// filtering is not.
	It("a host that X:x has sent to may answer from any port", Requirement("rfc4787.req-8"), func(ctx SpecContext) {
		Expect(lab.Filtering(ctx, lab.UDP("X:41000"))).To(BeOfClass(EndpointIndependent, AddressDependent))
	})

	It("a host that X:x has sent to may answer from any port, also after a stranger has knocked",
		Requirement("rfc4787.req-8"), func(ctx SpecContext) {
			By("Y3:7, to which nobody has sent, sends to a port of the NAT that nobody has")
			lab.UDP("X:41300").Hears(ctx, lab.UDP("Y3:7").To(netip.AddrPortFrom(lab.External[0], 41300)))

			Expect(lab.Filtering(ctx, lab.UDP("X:41200"))).To(BeOfClass(EndpointIndependent, AddressDependent))
		})
})
