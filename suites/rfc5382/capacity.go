package rfc5382

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// No clause says how many connections a NAT holds. One that ends a connection to make
// room for another keeps no promise on its lifetime, though.
var _ = Describe("Capacity for TCP:", func() {
	lab := NewLab(Setup{})
	tables.Capacities(lab, (*Lab).TCP, "practice.capacity-tcp", "practice.capacity-peers-tcp")
})
