package rfc4787

import (
	"time"

	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 4787, Section 8.
var _ = Describe("RFC 4787 8, deterministic properties:", func() {
	lab := NewLab(Setup{})
	tables.Determinism(lab, (*Lab).UDP, "rfc4787.req-11")
	tables.DeterminismOfEvents(lab, (*Lab).UDP, "rfc4787.req-11")
})

var _ = Describe("RFC 4787 8, deterministic properties, with two external addresses:", func() {
	lab := NewLab(Setup{Policy: tables.AddressesPolicy()})
	tables.DeterminismOfAddresses(lab, (*Lab).UDP, "rfc4787.req-11")
})

// By a default that is shorter than the wait, the mapping would end.
var _ = Describe("RFC 4787 8, deterministic properties, with a timer of five minutes:", func() {
	lab := NewLab(Setup{Policy: Policy{UDPTimeout: 5 * time.Minute}})
	tables.DeterminismOfIdle(lab, (*Lab).UDP, "rfc4787.req-11")
})
