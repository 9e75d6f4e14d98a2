package rfc3022

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 3022, Section 2.1: "If the number of local nodes are less than or equal to addresses
// in the global set, each local address is guaranteed a global address to map to.
// Otherwise, nodes allowed to have simultaneous access to external network are limited by
// the number of addresses in global set."
//
// RFC 2663, Section 3.2.3: "NAT will perform address unbinding when it believes that the
// last session using an address binding has terminated."
var _ = Describe("RFC 3022 2.1, Basic NAT:", func() {
	lab := NewLab(Setup{Policy: tables.BasicPolicy()})
	tables.Basic(lab, "rfc3022.basic-dynamic")
	tables.BasicPorts(lab, (*Lab).UDP, "rfc3022.basic-no-port")
	tables.BasicExhaust(lab, (*Lab).UDP, "rfc3022.basic-exhaust")
	tables.Unbinding(lab, (*Lab).UDP, "rfc2663.unbinding")
})

var _ = Describe("RFC 3022 2.1, Basic NAT, TCP:", func() {
	lab := NewLab(Setup{Policy: tables.BasicPolicy()})
	tables.BasicPorts(lab, (*Lab).TCP, "rfc3022.basic-no-port")
	tables.BasicExhaust(lab, (*Lab).TCP, "rfc3022.basic-exhaust")
})

var _ = Describe("RFC 3022 2.1, Basic NAT, ICMP queries:", func() {
	lab := NewLab(Setup{Policy: tables.BasicPolicy()})
	tables.BasicPorts(lab, (*Lab).Echo, "rfc3022.basic-no-port")
	tables.BasicExhaust(lab, (*Lab).Echo, "rfc3022.basic-exhaust")
})

// RFC 3022, Section 5.4: "optionally allowing the Basic NAT router to switch over to NAPT
// setup for the last global address in the address list".
var _ = Describe("RFC 3022 5.4, switch-over from Basic NAT to NAPT:", func() {
	lab := NewLab(Setup{Policy: tables.SwitchoverPolicy()})
	tables.Switchover(lab, (*Lab).UDP, "rfc3022.switchover")
})

var _ = Describe("RFC 3022 5.4, switch-over from Basic NAT to NAPT, TCP:", func() {
	lab := NewLab(Setup{Policy: tables.SwitchoverPolicy()})
	tables.Switchover(lab, (*Lab).TCP, "rfc3022.switchover")
})

var _ = Describe("RFC 3022 5.4, switch-over from Basic NAT to NAPT, ICMP queries:", func() {
	lab := NewLab(Setup{Policy: tables.SwitchoverPolicy()})
	tables.Switchover(lab, (*Lab).Echo, "rfc3022.switchover")
})
