package rfc5382

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 5382, Section 7.2.
var _ = Describe("RFC 5382 7.2, hairpinning:", func() {
	lab := NewLab(Setup{})
	tables.Hairpin(lab, (*Lab).TCP, "rfc5382.req-8", "rfc5382.req-8a")
})

// RFC 5382, Section 7.2, for a mapping that the administrator made.
var _ = Describe("RFC 5382 7.2, hairpinning of a port forward:", func() {
	lab := NewLab(Setup{Policy: tables.HairpinPolicy("tcp")})
	tables.HairpinOfForward(lab, (*Lab).TCP, "rfc5382.req-8", "rfc5382.req-8a")
})
