package rfc5382

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 5382, Section 4.1. What it says of mapping is what RFC 4787 says, for TCP.
var _ = Describe("RFC 5382 4.1, address and port mapping:", func() {
	lab := NewLab(Setup{})
	tables.Mapping(lab, (*Lab).TCP, "rfc5382.req-1")
	tables.MappingToServices(lab, (*Lab).TCP, "rfc5382.req-1",
		21, 22, 25, 53, 80, 110, 143, 443, 554, 1723, 5060, 65535)
})
