package rfc4787

import (
	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 4787, Section 6.
var _ = Describe("RFC 4787 6, hairpinning:", func() {
	lab := NewLab(Setup{})
	tables.Hairpin(lab, (*Lab).UDP, "rfc4787.req-9", "rfc4787.req-9a")
	tables.HairpinGoesOn(lab, (*Lab).UDP, "rfc4787.req-9")
	tables.HairpinToItself(lab, (*Lab).UDP, "rfc4787.req-9")
})

// RFC 4787, Section 6, for a mapping that the administrator made.
var _ = Describe("RFC 4787 6, hairpinning of a port forward:", func() {
	lab := NewLab(Setup{Policy: tables.HairpinPolicy("udp")})
	tables.HairpinOfForward(lab, (*Lab).UDP, "rfc4787.req-9", "rfc4787.req-9a")
})

var _ = Describe("RFC 4787 6, hairpinning of a port forward of another address:", func() {
	lab := NewLab(Setup{Policy: tables.HairpinElsewherePolicy("udp")})
	tables.HairpinOfForwardElsewhere(lab, (*Lab).UDP, "rfc4787.req-9")
})

var _ = Describe("RFC 4787 6, hairpinning between static pairs:", func() {
	lab := NewLab(Setup{Policy: tables.HairpinPairsPolicy()})
	tables.HairpinOfPairs(lab, (*Lab).UDP, "rfc4787.req-9", "rfc4787.req-9a")
})

var _ = Describe("RFC 4787 6, hairpinning by several addresses:", func() {
	lab := NewLab(Setup{Policy: tables.SourcesPolicy()})
	tables.HairpinOfAddresses(lab, (*Lab).UDP, "rfc4787.req-9")
})
