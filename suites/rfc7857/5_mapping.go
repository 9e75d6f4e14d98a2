package rfc7857

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// each is which protocol an endpoint sends by first, and which then.
var each = []TableEntry{
	Entry("UDP first", tables.At((*Lab).UDP), tables.At((*Lab).TCP)),
	Entry("TCP first", tables.At((*Lab).TCP), tables.At((*Lab).UDP)),
}

// seenByBoth has eight endpoints of X send by one protocol, in which their ports are
// taken and the next ones given, and then by the other. So mappings that are apart differ,
// whether the NAT preserves ports, counts them or draws them by lot. Only one that
// computes a port from the internal endpoint and not from its protocol, and finds none of
// the eight taken, would have the same for both, and that is one mapping to all who look.
func seenByBoth(ctx SpecContext, lab *Lab, first, then tables.At) Sightings {
	GinkgoHelper()
	By("eight ports of X2 and five others of X send to Y1:7 by the first protocol")
	y1, y2 := first(lab, "Y1:7"), then(lab, "Y1:7")
	lab.SeenInAll(ctx, lab.Sessions("X2", 5000, 8, y1)...)
	lab.SeenInAll(ctx, lab.Sessions("X", 6000, 5, y1)...)

	By("X sends from the eight ports by the first protocol, and then by the other")
	seen := lab.SeenInAll(ctx, lab.Sessions("X", 5000, 8, y1)...)
	return append(seen, lab.SeenInAll(ctx, lab.Sessions("X", 5000, 8, y2)...)...)
}

// RFC 7857, Section 5: "EIM mappings SHOULD be protocol dependent."
var _ = Describe("RFC 7857 5, mappings of several protocols:", func() {
	lab := NewLab(Setup{})

	DescribeTable("an endpoint has a mapping of its own for each protocol,", Requirement("rfc7857.s5-eim"),
		func(ctx SpecContext, first, then tables.At) {
			Expect(seenByBoth(ctx, lab, first, then)).To(HaveMappingsApart())
		}, each)
})

// RFC 7857, Section 5: "the default value of this configuration parameter MUST be
// protocol-dependent EIM". Where nothing at all is asked for, that is what the clause
// before says, so here something else is that could be confused with it.
var _ = Describe("RFC 7857 5, the default where mappings can be shared:", func() {
	lab := NewLab(Setup{Policy: Policy{SharedFilters: true}, Offers: Policy{SharedMappings: true}})

	DescribeTable("mappings are apart where filters alone are to be shared,", Requirement("rfc7857.s5-default"),
		func(ctx SpecContext, first, then tables.At) {
			Expect(seenByBoth(ctx, lab, first, then)).To(HaveMappingsApart())
		}, each)
})

// RFC 7857, Section 5: a parameter may "allow protocols that multiplex TCP and UDP over
// the same source IP address and port number to use a single mapping".
var _ = Describe("RFC 7857 5, shared mappings:", func() {
	lab := NewLab(Setup{Policy: Policy{SharedMappings: true}})

	DescribeTable("an endpoint has one mapping for both protocols,", Requirement("rfc7857.s5-param"),
		func(ctx SpecContext, first, then tables.At) {
			Expect(seenByBoth(ctx, lab, first, then)).To(ShareMappings())
		}, each)
})
