package rfc5382

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// No clause asks of TCP what RFC 4787, Section 8 asks of UDP. The reason that it gives,
// a NAT whose behavior changes cannot be foreseen by an application, holds for both.
var _ = Describe("Deterministic properties of TCP:", func() {
	lab := NewLab(Setup{})
	tables.Determinism(lab, (*Lab).TCP, "practice.deterministic-tcp")
	tables.DeterminismOfEvents(lab, (*Lab).TCP, "practice.deterministic-tcp")
})

var _ = Describe("Deterministic properties of TCP, with two external addresses:", func() {
	lab := NewLab(Setup{Policy: tables.AddressesPolicy()})
	tables.DeterminismOfAddresses(lab, (*Lab).TCP, "practice.deterministic-tcp")
})
