package rfc5382

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 5382, Section 7.1, which means by "port overloading" what RFC 4787 does.
var _ = Describe("RFC 5382 7.1, port assignment:", func() {
	lab := NewLab(Setup{})
	tables.PortOverloading(lab, (*Lab).TCP, "rfc5382.req-7", 40000)
})
