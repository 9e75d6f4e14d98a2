package rfc4787

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 4787, Section 5. "Endpoint-Independent" where transparency counts most,
// "Address-Dependent" where strictness does: either is recommended, address and
// port-dependent filtering is not.
var _ = Describe("RFC 4787 5, filtering:", func() {
	lab := NewLab(Setup{})
	tables.Filtering(lab, (*Lab).UDP, "rfc4787.req-8")
})
