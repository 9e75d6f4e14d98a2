package rfc4787

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 4787, Section 4.2.1. "Port overloading" is "X1'=X2' and x1=x2=x1'=x2'".
//
// Two readings. Strictly, two internal endpoints may never share an external
// one. RFC 7857, Section 3 allows it "as long as their destinations are
// different". The specs here test what both forbid, the same destination; that
// a NAT which shares ports by destination then also breaks the promise of
// Section 4.1 shows in rfc4787.req-1.
var _ = Describe("RFC 4787 4.2.1, port assignment:", func() {
	lab := NewLab(Setup{})
	tables.PortOverloading(lab, (*Lab).UDP, "rfc4787.req-3", 40000, 500)
	tables.PortsAlike(lab, (*Lab).UDP, "rfc4787.req-3")

	// Range classes are the two of REQ-3 a); the other hosts have the same ports, so
	// that a NAT which preserves ports has to choose others.
	DescribeTable("the external port is of the internal port's class,", Requirement("rfc4787.req-3a"),
		func(ctx SpecContext, ports ...uint16) {
			By("X, and after it X2 and X3, sends from each port")
			var sessions []Session
			for _, name := range []string{"X", "X2", "X3"} {
				for _, port := range ports {
					sessions = append(sessions, Session{X: lab.UDPAt(name, port), Y: lab.UDP("Y1:7")})
				}
			}
			Expect(lab.SeenInAll(ctx, sessions...)).To(KeepRangeClass())
		},
		Entry("0-1023", uint16(53), uint16(111), uint16(700), uint16(1023)),
		Entry("1024-65535", uint16(1024), uint16(5000), uint16(40000), uint16(65535)),
	)
})

// By a default that is shorter than the rest, the mapping would end.
var _ = Describe("RFC 4787 4.2.1, port assignment, with a timer of five minutes:", func() {
	lab := NewLab(Setup{Policy: Policy{UDPTimeout: 5 * time.Minute}})
	tables.PortHeld(lab, (*Lab).UDP, "rfc4787.req-3", 100*time.Second, func(context.Context, *Flow) {})
})

// RFC 4787, Section 4.2.2.
var _ = Describe("RFC 4787 4.2.2, port parity:", func() {
	lab := NewLab(Setup{})

	// A NAT may have ways of its own below 1024, where there are few ports.
	DescribeTable("even ports stay even and odd ports odd, also where another host has the port,",
		Requirement("rfc4787.req-4"), func(ctx SpecContext, first uint16) {
			By("X, and after it X2 and X3, sends from 20 ports, even and odd in turn, whose neighbours are free")
			var sessions []Session
			for _, name := range []string{"X", "X2", "X3"} {
				for port := first; port < first+3*20; port += 3 {
					sessions = append(sessions, Session{X: lab.UDPAt(name, port), Y: lab.UDP("Y1:7")})
				}
			}
			Expect(lab.SeenInAll(ctx, sessions...)).To(KeepParity())
		},
		Entry("from 20000 on", uint16(20000)),
		Entry("well-known ones", uint16(600)),
	)
})
