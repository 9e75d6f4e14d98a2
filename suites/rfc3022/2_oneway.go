package rfc3022

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 3022, Section 2: "In a traditional NAT, sessions are uni-directional [...]
// Sessions in the opposite direction may be allowed on an
// exceptional basis using static address maps for pre-selected hosts."
var _ = Describe("RFC 3022 2, sessions from outside:", func() {
	lab := NewLab(Setup{Policy: tables.OneWayPolicy("udp")})
	tables.OneWay(lab, (*Lab).UDP, (*Lab).TCP, "rfc3022.oneway")
})

var _ = Describe("RFC 3022 2, sessions from outside, TCP:", func() {
	lab := NewLab(Setup{Policy: tables.OneWayPolicy("tcp")})
	tables.OneWay(lab, (*Lab).TCP, (*Lab).UDP, "rfc3022.oneway")
})
