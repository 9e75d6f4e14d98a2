package rfc4787

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 4787, Section 5, REQ-8 a).
var _ = Describe("RFC 4787 5, filtering that can be chosen:", func() {
	tables.ChosenFiltering((*Lab).UDP, "rfc4787.req-8a", func(d Dependence) Policy {
		return Policy{UDPFiltering: d.Asked()}
	})
})
