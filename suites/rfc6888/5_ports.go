package rfc6888

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 6888, Section 5, REQ-13. No document says how many ports may be wasted; we fail a NAT
// that uses less than half of them. Toward one peer, each port serves one endpoint.
var _ = Describe("RFC 6888 5, REQ-13, 20 ports:", func() {
	const ports = 20
	lab := NewLab(Setup{Policy: Policy{Ports: PortRange{First: 41_000, Last: 41_000 + ports - 1}, Static: apart()}})

	DescribeTable("half of them or more are used when endpoints are refused,", Requirement("rfc6888.req-13"),
		func(ctx SpecContext, at tables.At) {
			By("X and X2, in turn, send from 15 ports each to Y1")
			var sessions []Session
			for i := range 15 {
				for _, host := range []string{"X", "X2"} {
					x := at(lab, fmt.Sprintf("%s:%d", host, 30000+i))
					sessions = append(sessions, Session{X: x, Y: at(lab, "Y1:8000")})
				}
			}
			used := len(lab.AttemptBeside(ctx, "X3", sessions...))
			lab.Note(fmt.Sprintf("%d of %d ports are used", used, ports))
			Expect(Counted(used, "endpoints with 20 ports")).To(HoldAtLeast(ports / 2))
		},
		Entry("of UDP", tables.At((*Lab).UDP)), Entry("of TCP", tables.At((*Lab).TCP)))
})
