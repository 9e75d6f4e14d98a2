package rfc4787

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// A mapping is there from its first packet on. In a NAT that makes it beside the
// packets, the second one can meet it half made. One in twenty is a race too, so
// there are many bursts.
var _ = Describe("RFC 4787 4.1, a mapping's first packets:", func() {
	lab := NewLab(Setup{})

	It("a burst from a new endpoint arrives whole", Requirement("practice.burst-whole"), func(ctx SpecContext) {
		By("X sends 20 bursts of 4 packets to Y1:7, each from a new endpoint")
		Expect(lab.Bursts(ctx, lab.UDP("X:43500"), lab.UDP("Y1:7"), 20, 4)).To(BeWhole())
	})
})
