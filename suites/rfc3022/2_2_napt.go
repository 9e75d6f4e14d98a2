package rfc3022

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 3022, Section 2.2: "tuples of the type (local IP addresses, local TU port
// number) are translated to tuples of the type (registered IP address, assigned
// TU port number)."
//
// "For inbound packets, the destination IP address, destination TCP/UDP port" are
// translated, and so nothing of the source is.
var _ = Describe("RFC 3022 2.2, NAPT:", func() {
	lab := NewLab(Setup{})
	tables.Tuple(lab, (*Lab).UDP, "rfc3022.napt-tuple")
	tables.ManyFlows(lab, (*Lab).UDP, "rfc3022.napt-tuple")
	tables.OtherProtocols(lab, "rfc3022.napt-other-proto")
	tables.PeersAsSources(lab, (*Lab).UDP, "rfc3022.inbound-source")
})

// RFC 3022, Section 2.2: "inbound access by statically mapping a local node per
// each service TU port of the registered IP address."
var _ = Describe("RFC 3022 2.2, static port mapping:", func() {
	lab := NewLab(Setup{Policy: tables.ForwardPolicy("udp")})
	tables.ForwardIn(lab, (*Lab).UDP, "rfc3022.napt-static-port")
	tables.ForwardPort(lab, (*Lab).UDP, "practice.forward-port")
	tables.ForwardOwn(lab, (*Lab).UDP, "practice.forward-own")
})

// RFC 3022, Section 2.2, whose "TU port number" is one of TCP or of UDP.
var _ = Describe("RFC 3022 2.2, NAPT of TCP:", func() {
	lab := NewLab(Setup{})
	tables.Tuple(lab, (*Lab).TCP, "rfc3022.napt-tuple")
	tables.ManyFlows(lab, (*Lab).TCP, "rfc3022.napt-tuple")
	tables.PeersAsSources(lab, (*Lab).TCP, "rfc3022.inbound-source")
})

var _ = Describe("RFC 3022 2.2, static port mapping of TCP:", func() {
	lab := NewLab(Setup{Policy: tables.ForwardPolicy("tcp")})
	tables.ForwardIn(lab, (*Lab).TCP, "rfc3022.napt-static-port")
	tables.ForwardPort(lab, (*Lab).TCP, "practice.forward-port")
	tables.ForwardOwn(lab, (*Lab).TCP, "practice.forward-own")
})

// RFC 3022, Section 2.2: ports are assigned, and there are only so many of them.
var _ = Describe("RFC 3022 2.2, NAPT with 20 ports:", func() {
	lab := NewLab(Setup{Policy: tables.ExpiringPorts()})
	tables.Expiry(lab, (*Lab).UDP, "translation.pat-expiry")
})
