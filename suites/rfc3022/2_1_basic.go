package rfc3022

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 3022, Section 2.1: "Individual local addresses may be statically mapped to
// specific global addresses to ensure guaranteed access to the outside or to
// allow access to the local host from external hosts via a fixed public address."
//
// RFC 2663, Section 3.1.1: "there is one-to-one address mapping [...] for the lifetime
// of NAT operation."
var _ = Describe("RFC 3022 2.1, static address mapping:", func() {
	lab := NewLab(Setup{Policy: tables.StaticPolicy()})
	tables.Static(lab, (*Lab).UDP, "rfc3022.basic-static")
	tables.StaticPorts(lab, (*Lab).UDP, "rfc3022.basic-no-port")
	tables.StaticOthers(lab, (*Lab).UDP, "rfc3022.static-own")
	tables.StaticIdle(lab, (*Lab).UDP, "rfc2663.static")
})

var _ = Describe("RFC 3022 2.1, static address mapping, ICMP queries:", func() {
	lab := NewLab(Setup{Policy: tables.StaticPolicy()})
	tables.StaticPorts(lab, (*Lab).Echo, "rfc3022.basic-no-port")
	tables.StaticOthers(lab, (*Lab).Echo, "rfc3022.static-own")
})

// An address is mapped for all that its host sends.
var _ = Describe("RFC 3022 2.1, static address mapping, TCP:", func() {
	lab := NewLab(Setup{Policy: tables.StaticPolicy()})
	tables.Static(lab, (*Lab).TCP, "rfc3022.basic-static")
	tables.StaticPorts(lab, (*Lab).TCP, "rfc3022.basic-no-port")
	tables.StaticOthers(lab, (*Lab).TCP, "rfc3022.static-own")
	tables.StaticIdle(lab, (*Lab).TCP, "rfc2663.static")
})

var _ = Describe("RFC 3022 2.1, several static address mappings:", func() {
	lab := NewLab(Setup{Policy: tables.PairsPolicy()})
	tables.Pairs(lab, (*Lab).UDP, "rfc3022.basic-static")
	tables.StaticProtocols(lab, "translation.static-protocols")
	tables.StaticProtocolsOfOthers(lab, "rfc3022.static-own")
})

var _ = Describe("RFC 3022 2.1, several static address mappings, TCP:", func() {
	lab := NewLab(Setup{Policy: tables.PairsPolicy()})
	tables.Pairs(lab, (*Lab).TCP, "rfc3022.basic-static")
})
