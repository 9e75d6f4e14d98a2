package rfc4787

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// No clause says how much a NAT holds. One that ends a flow to make room for
// another keeps no promise on lifetimes, though, so the first flow has to live on.
var _ = Describe("Capacity:", func() {
	lab := NewLab(Setup{})
	tables.FlowCapacity(lab, (*Lab).UDP, "practice.capacity")
	tables.PeerCapacity(lab, (*Lab).UDP, "practice.capacity-peers")
})
