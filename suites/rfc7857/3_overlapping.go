package rfc7857

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 7857, Section 3: a NAT "MAY assign the same external port as the source ports
// for the connections" when their destinations are different, and then manages
// them "by looking at and storing their 5-tuple".
var _ = Describe("RFC 7857 3, port overlapping:", func() {
	lab := NewLab(Setup{})
	tables.PortOverlapping(lab, (*Lab).UDP, "rfc7857.s3")
})

// What is told apart by both ends is a connection of TCP as well as a session of UDP.
var _ = Describe("RFC 7857 3, port overlapping of TCP:", func() {
	lab := NewLab(Setup{})
	tables.PortOverlapping(lab, (*Lab).TCP, "rfc7857.s3")
})
