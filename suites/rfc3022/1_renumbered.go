package rfc3022

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 2663, Section 1, and RFC 3022, Section 1: the addresses of the inside mean nothing
// outside. So they can become others, and nobody outside notices.
var _ = Describe("RFC 3022 1, an inside that is renumbered:", func() {
	lab := NewLab(Setup{Inside: OtherIPv4})
	tables.InsideRenumbered(lab, (*Lab).UDP, "translation.inside-renumbered")
})

var _ = Describe("RFC 3022 1, an inside that is renumbered, TCP:", func() {
	lab := NewLab(Setup{Inside: OtherIPv4})
	tables.InsideRenumbered(lab, (*Lab).TCP, "translation.inside-renumbered")
})

var _ = Describe("RFC 3022 1, a server that is renumbered:", func() {
	lab := NewLab(Setup{Inside: OtherIPv4, Policy: tables.RenumberedForward("udp")})
	tables.ServerRenumbered(lab, (*Lab).UDP, "translation.inside-renumbered")
})

// RFC 4192 renumbers without a flag day, and a home router at once: either way there are
// sessions of the old addresses at that time.
var _ = Describe("RFC 3022 1, an inside that is renumbered while flows live:", func() {
	lab := NewLab(Setup{Later: []Policy{{}}})
	tables.InsideRenumberedLive(lab, (*Lab).UDP, "translation.inside-renumbered")
})

var _ = Describe("RFC 3022 1, an inside that is renumbered while flows live, TCP:", func() {
	lab := NewLab(Setup{Later: []Policy{{}}})
	tables.InsideRenumberedLive(lab, (*Lab).TCP, "translation.inside-renumbered")
})

var _ = Describe("RFC 3022 1, an inside that is renumbered while flows live, ICMP queries:", func() {
	lab := NewLab(Setup{Later: []Policy{{}}})
	tables.InsideRenumberedLive(lab, (*Lab).Echo, "translation.inside-renumbered")
})
