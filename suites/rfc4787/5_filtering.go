package rfc4787

import (
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
		filtering := lab.Filtering(ctx, lab.UDP("X:41000"))
		Expect(filtering).To(BeElementOf(EndpointIndependent, AddressDependent))
	})
})
