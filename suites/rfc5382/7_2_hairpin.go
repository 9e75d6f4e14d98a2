package rfc5382

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 5382, Section 7.2.
var _ = Describe("RFC 5382 7.2, hairpinning:", func() {
	lab := NewLab(Setup{})
	tables.Hairpin(lab, (*Lab).TCP, "rfc5382.req-8", "rfc5382.req-8a")
	tables.HairpinGoesOn(lab, (*Lab).TCP, "rfc5382.req-8")

	It("two hosts inside have a connection at their external endpoints", Requirement("rfc5382.req-8"),
		func(ctx SpecContext) {
			x1, x2 := lab.TCP("X:47010"), lab.TCP("X2:47011")
			external1, external2 := x1.SeenBy(ctx, lab.TCP("Y1:7")), x2.SeenBy(ctx, lab.TCP("Y1:7"))

			By("X2:47011 sends a SYN to the mapping of X:47010, which opens its own filter")
			x2.Sends(ctx, external1)
			By("X:47010 and X2:47011 send in turn what ends the handshake, and data")
			var lost Lost
			for range 2 {
				lost = lost.Unless(x2.Hears(ctx, x1.To(external2)), "what X:47010 sends to %s", external2)
				lost = lost.Unless(x1.Hears(ctx, x2.To(external1)), "what X2:47011 sends to %s", external1)
			}
			Expect(lost).To(BeNothing())
		})
})

// RFC 5382, Section 7.2, for a mapping that the administrator made.
var _ = Describe("RFC 5382 7.2, hairpinning of a port forward:", func() {
	lab := NewLab(Setup{Policy: tables.HairpinPolicy("tcp")})
	tables.HairpinOfForward(lab, (*Lab).TCP, "rfc5382.req-8", "rfc5382.req-8a")
})

var _ = Describe("RFC 5382 7.2, hairpinning of a port forward of another address:", func() {
	lab := NewLab(Setup{Policy: tables.HairpinElsewherePolicy("tcp")})
	tables.HairpinOfForwardElsewhere(lab, (*Lab).TCP, "rfc5382.req-8")
})

var _ = Describe("RFC 5382 7.2, hairpinning between static pairs:", func() {
	lab := NewLab(Setup{Policy: tables.HairpinPairsPolicy()})
	tables.HairpinOfPairs(lab, (*Lab).TCP, "rfc5382.req-8", "rfc5382.req-8a")
})

var _ = Describe("RFC 5382 7.2, hairpinning by several addresses:", func() {
	lab := NewLab(Setup{Policy: tables.SourcesPolicy()})
	tables.HairpinOfAddresses(lab, (*Lab).TCP, "rfc5382.req-8")
})
