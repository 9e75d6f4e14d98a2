package rfc4787

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 4787, Section 4.1. X:x is an internal endpoint, Y1:y1 and Y2:y2 are
// external ones; X1':x1' and X2':x2' are the mappings the NAT uses toward each.
var _ = Describe("RFC 4787 4.1, address and port mapping:", func() {
	lab := NewLab(Setup{})
	tables.Mapping(lab, (*Lab).UDP, "rfc4787.req-1")
	tables.MappingToServices(lab, (*Lab).UDP, "rfc4787.req-1",
		7, 53, 69, 123, 443, 500, 3478, 4500, 5004, 5060, 49152, 65535)
})

// RFC 4787, Section 4.1, on NATs with several external addresses.
var _ = Describe("RFC 4787 4.1, address pooling:", func() {
	lab := NewLab(Setup{Policy: Policy{Pool: Pool()}})
	tables.Pooling(lab, (*Lab).UDP, "rfc4787.req-2")
})
