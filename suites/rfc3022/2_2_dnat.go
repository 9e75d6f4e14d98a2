package rfc3022

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 3022, Section 2.2: "inbound access by statically mapping a local node per
// each service TU port of the registered IP address." That is what is called
// destination NAT, or a port forward: here of game servers, and of web servers.
var _ = Describe("RFC 3022 2.2, several servers:", func() {
	lab := NewLab(Setup{Policy: tables.ServersPolicy("udp", "tcp")})
	tables.Servers(lab, (*Lab).UDP, (*Lab).TCP, "translation.dnat-servers")
	tables.ServersOwn(lab, (*Lab).UDP, "practice.forward-own")
})

var _ = Describe("RFC 3022 2.2, several servers, TCP:", func() {
	lab := NewLab(Setup{Policy: tables.ServersPolicy("tcp", "udp")})
	tables.Servers(lab, (*Lab).TCP, (*Lab).UDP, "translation.dnat-servers")
	tables.ServersOwn(lab, (*Lab).TCP, "practice.forward-own")
})

// RFC 3022, Section 4.1: for inbound packets, the destination is modified.
var _ = Describe("RFC 3022 4.1, several clients of a server:", func() {
	lab := NewLab(Setup{Policy: tables.ForwardPolicy("udp")})
	tables.Clients(lab, (*Lab).UDP, "translation.dnat-clients")
	tables.ClientsAtOnce(lab, (*Lab).UDP, "translation.dnat-clients")
	tables.ForwardClientPorts(lab, (*Lab).UDP, "translation.dnat-clients")
	tables.ForwardAfterOwn(lab, (*Lab).UDP, "translation.dnat-clients")
})

var _ = Describe("RFC 3022 4.1, several clients of a server, TCP:", func() {
	lab := NewLab(Setup{Policy: tables.ForwardPolicy("tcp")})
	tables.Clients(lab, (*Lab).TCP, "translation.dnat-clients")
	tables.ClientsAtOnce(lab, (*Lab).TCP, "translation.dnat-clients")
	tables.ForwardClientPorts(lab, (*Lab).TCP, "translation.dnat-clients")
	tables.ForwardAfterOwn(lab, (*Lab).TCP, "translation.dnat-clients")
})

// RFC 3022, Section 2.2: "statically mapping" is for as long as the administrator wants it.
var _ = Describe("RFC 3022 2.2, a port forward in the course of time:", func() {
	lab := NewLab(Setup{Policy: tables.ForwardPolicy("udp")})
	tables.ForwardIdle(lab, (*Lab).UDP, "translation.dnat-lasting")
})

var _ = Describe("RFC 3022 2.2, a port forward in the course of time, TCP:", func() {
	lab := NewLab(Setup{Policy: tables.ForwardPolicy("tcp")})
	tables.ForwardIdle(lab, (*Lab).TCP, "translation.dnat-lasting")
	tables.ForwardAfterClose(lab, "translation.dnat-lasting")
})

// RFC 3947 and RFC 3948 carry IPsec through NATs over two ports of UDP.
var _ = Describe("RFC 3022 2.2, a VPN server:", func() {
	lab := NewLab(Setup{Policy: tables.IPsecPolicy()})
	tables.IPsec(lab, "translation.dnat-ipsec")
})

// Ranges of ports, to the same ones inside and to others.
var _ = Describe("RFC 3022 2.2, a range of ports:", func() {
	lab := NewLab(Setup{Policy: tables.RangePolicy("udp", 27000)})
	tables.Ranges(lab, (*Lab).UDP, 27000, "translation.dnat-range")
	tables.RangePorts(lab, (*Lab).UDP, 27000, "practice.forward-port")
})

var _ = Describe("RFC 3022 2.2, a range of ports, TCP:", func() {
	lab := NewLab(Setup{Policy: tables.RangePolicy("tcp", 27000)})
	tables.Ranges(lab, (*Lab).TCP, 27000, "translation.dnat-range")
})

var _ = Describe("RFC 3022 2.2, a range of ports to other ports:", func() {
	lab := NewLab(Setup{Policy: tables.RangePolicy("udp", 5000)})
	tables.Ranges(lab, (*Lab).UDP, 5000, "translation.dnat-range")
})

var _ = Describe("RFC 3022 2.2, a range of ports to other ports, TCP:", func() {
	lab := NewLab(Setup{Policy: tables.RangePolicy("tcp", 5000)})
	tables.Ranges(lab, (*Lab).TCP, 5000, "translation.dnat-range")
})

// RFC 2663, Section 4.3: "both the source and destination addresses are modified by NAT".
var _ = Describe("RFC 2663 4.3, clients of a forward that are hidden:", func() {
	lab := NewLab(Setup{Policy: tables.HidingPolicy("udp")})
	tables.Hiding(lab, (*Lab).UDP, "rfc2663.twice-nat")
})

var _ = Describe("RFC 2663 4.3, clients of a forward that are hidden, TCP:", func() {
	lab := NewLab(Setup{Policy: tables.HidingPolicy("tcp")})
	tables.Hiding(lab, (*Lab).TCP, "rfc2663.twice-nat")
})
