package rfc6888

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 6888, Section 3, REQ-7. Address-dependent filtering is for applications that are known
// to work with it, which those of a plain port are not.
var _ = Describe("RFC 6888 3, REQ-7, filtering:", func() {
	lab := NewLab(Setup{})

	DescribeTable("any host may send to a mapping,", Requirement("rfc6888.req-7"),
		func(ctx SpecContext, at tables.At) {
			Expect(lab.Filtering(ctx, at(lab, "X:41000"))).To(BeOfClass(EndpointIndependent))
		},
		Entry("of UDP", tables.At((*Lab).UDP)), Entry("of TCP", tables.At((*Lab).TCP)))
})
