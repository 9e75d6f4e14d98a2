package rfc7857

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 7857, Section 4: the paired address pooling of RFC 4787, Section 4.1 is asked of
// TCP as well.
var _ = Describe("RFC 7857 4, address pooling of TCP:", func() {
	lab := NewLab(Setup{Policy: Policy{Pool: Pool()}})
	tables.Pooling(lab, (*Lab).TCP, "rfc7857.s4-tcp")
})
