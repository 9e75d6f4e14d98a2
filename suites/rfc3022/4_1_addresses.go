package rfc3022

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 3022, Section 4.1: "This modification includes IP address (source IP address
// for outbound packets and destination IP address for inbound packets)".
var _ = Describe("RFC 3022 4.1, header manipulations:", func() {
	lab := NewLab(Setup{})
	tables.InboundSource(lab, (*Lab).UDP, "rfc3022.inbound-source")
})

var _ = Describe("RFC 3022 4.1, header manipulations of TCP:", func() {
	lab := NewLab(Setup{})
	tables.InboundSource(lab, (*Lab).TCP, "rfc3022.inbound-source")
})
