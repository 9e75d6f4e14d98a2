package rfc5382

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 5382, Section 4.3: "Endpoint-Independent Filtering" where transparency counts
// most, "Address-Dependent Filtering" where strictness does. What filters let in or
// keep out are SYNs of connections that begin outside.
var _ = Describe("RFC 5382 4.3, externally initiated connections:", func() {
	lab := NewLab(Setup{})
	tables.Filtering(lab, (*Lab).TCP, "rfc5382.req-3")
})
