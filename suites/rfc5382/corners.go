package rfc5382

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// What is legal and rare, and so breaks first.
var _ = Describe("Corners of TCP:", func() {
	lab := NewLab(Setup{})
	tables.EdgePorts(lab, (*Lab).TCP, "practice.edge-ports")
	tables.AllPorts(lab, (*Lab).TCP, "practice.edge-ports")
	tables.EdgeHeaders(lab, (*Lab).TCP, "practice.edge-headers")
})
