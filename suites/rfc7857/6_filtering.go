package rfc7857

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// byTheOther has x make a mapping by one protocol, and its own peer send to that by the
// other one. So it does not matter how much of the peer a filter looks at.
func byTheOther(ctx SpecContext, lab *Lab, first, then tables.At) Heard {
	GinkgoHelper()
	By("X:48000 sends to Y1:7 by the first protocol, and Y1:7 to its mapping by the other")
	x1 := first(lab, "X:48000").SeenBy(ctx, first(lab, "Y1:7"))
	return then(lab, "X:48000").Hears(ctx, then(lab, "Y1:7").To(x1))
}

// RFC 7857, Section 6: "EIF filtering SHOULD be protocol dependent." What is left
// undefined elsewhere is "whether inbound UDP packets matching that mapping" of TCP
// "should be accepted or rejected".
var _ = Describe("RFC 7857 6, filters of several protocols:", func() {
	lab := NewLab(Setup{})

	DescribeTable("a mapping of one protocol lets in nothing of another,", Requirement("rfc7857.s6"),
		func(ctx SpecContext, first, then tables.At) {
			Expect(byTheOther(ctx, lab, first, then)).NotTo(BeHeard())
		}, each)
})

// RFC 7857, Section 6: "the default value of this configuration parameter MUST be
// protocol-dependent EIF". Where nothing at all is asked for, that is what the clause
// before says, so here something else is that could be confused with it.
var _ = Describe("RFC 7857 6, the default where filters can be shared:", func() {
	lab := NewLab(Setup{Policy: Policy{SharedMappings: true}, Offers: Policy{SharedFilters: true}})

	DescribeTable("filters are apart where mappings alone are to be shared,", Requirement("rfc7857.s6-default"),
		func(ctx SpecContext, first, then tables.At) {
			Expect(byTheOther(ctx, lab, first, then)).NotTo(BeHeard())
		}, each)
})

// RFC 7857, Section 6: a parameter may "make it protocol independent".
var _ = Describe("RFC 7857 6, shared filters:", func() {
	lab := NewLab(Setup{Policy: Policy{SharedFilters: true}})

	DescribeTable("a mapping of one protocol lets in what another brings,", Requirement("rfc7857.s6-param"),
		func(ctx SpecContext, first, then tables.At) {
			Expect(byTheOther(ctx, lab, first, then)).To(BeHeard())
		}, each)
})
