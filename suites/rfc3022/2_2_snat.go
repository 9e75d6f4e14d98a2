package rfc3022

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 3022, Section 2.2: "tuples of the type (local IP addresses, local TU port
// number) are translated to tuples of the type (registered IP address, assigned
// TU port number)." Which of several registered addresses may be for the administrator to
// choose: source NAT.
var _ = Describe("RFC 3022 2.2, addresses that are chosen:", func() {
	lab := NewLab(Setup{Policy: tables.SourcesPolicy()})
	tables.SourceOfHost(lab, (*Lab).UDP, "translation.snat-source")
	tables.SourceOfSubnet(lab, (*Lab).UDP, "translation.snat-subnet")
})

var _ = Describe("RFC 3022 2.2, addresses that are chosen, TCP:", func() {
	lab := NewLab(Setup{Policy: tables.SourcesPolicy()})
	tables.SourceOfHost(lab, (*Lab).TCP, "translation.snat-source")
	tables.SourceOfSubnet(lab, (*Lab).TCP, "translation.snat-subnet")
})

var _ = Describe("RFC 3022 2.2, addresses that are chosen, ICMP queries:", func() {
	lab := NewLab(Setup{Policy: tables.SourcesPolicy()})
	tables.SourceOfHost(lab, (*Lab).Echo, "translation.snat-source")
	tables.SourceOfSubnet(lab, (*Lab).Echo, "translation.snat-subnet")
})

var _ = Describe("RFC 3022 2.2, an address that is chosen for another host:", func() {
	lab := NewLab(Setup{Policy: tables.SourcePolicy()})
	tables.SourceOfOthers(lab, (*Lab).UDP, "translation.snat-others")
})

var _ = Describe("RFC 3022 2.2, an address that is chosen for another host, TCP:", func() {
	lab := NewLab(Setup{Policy: tables.SourcePolicy()})
	tables.SourceOfOthers(lab, (*Lab).TCP, "translation.snat-others")
})

var _ = Describe("RFC 3022 2.2, an address that is chosen for another host, ICMP queries:", func() {
	lab := NewLab(Setup{Policy: tables.SourcePolicy()})
	tables.SourceOfOthers(lab, (*Lab).Echo, "translation.snat-others")
})

var _ = Describe("RFC 3022 2.2, an address that is chosen for a subnet beside:", func() {
	lab := NewLab(Setup{Policy: tables.PairOfHostsPolicy()})
	tables.SourceOfNeighbours(lab, (*Lab).UDP, "translation.snat-others")
})

var _ = Describe("RFC 3022 2.2, an address that is chosen for an interface:", func() {
	lab := NewLab(Setup{Policy: tables.SecondPolicy()})
	tables.SourceOfInterface(lab, (*Lab).UDP, "translation.snat-interface")
})

var _ = Describe("RFC 3022 2.2, an address that is chosen for an interface, TCP:", func() {
	lab := NewLab(Setup{Policy: tables.SecondPolicy()})
	tables.SourceOfInterface(lab, (*Lab).TCP, "translation.snat-interface")
})
