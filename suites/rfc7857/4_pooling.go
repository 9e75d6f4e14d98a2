package rfc7857

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 7857, Section 4: the paired address pooling of RFC 4787, Section 4.1 is asked of
// TCP as well. "All sessions associated with the same internal IP address" are those of
// both protocols.
var _ = Describe("RFC 7857 4, address pooling of TCP:", func() {
	lab := NewLab(Setup{Policy: Policy{Pool: Pool()}})
	tables.Pooling(lab, (*Lab).TCP, "rfc7857.s4-tcp")

	It("TCP sessions of an internal address use the address that its UDP sessions have",
		Requirement("rfc7857.s4-tcp"), func(ctx SpecContext) {
			By("X and X2, in turn, send by UDP and by TCP from 16 ports each to Y1:7")
			var sessions []Session
			for i := range 16 {
				for _, name := range []string{"X", "X2"} {
					udp, tcp := fmt.Sprintf("%s:%d", name, 31000+i), fmt.Sprintf("%s:%d", name, 32000+i)
					sessions = append(sessions,
						Session{X: lab.UDP(udp), Y: lab.UDP("Y1:7")}, Session{X: lab.TCP(tcp), Y: lab.TCP("Y1:7")})
				}
			}
			Expect(lab.SeenInAll(ctx, sessions...)).To(BeOneAddress())
		})
})

// RFC 7857, Section 4: "new sessions from a host that already has a mapping associated
// with an external IP that ran out of ports SHOULD be dropped", and "this behavior SHOULD
// apply also for TCP".
var _ = Describe("RFC 7857 4, a paired address out of ports:", func() {
	lab := NewLab(Setup{Policy: tables.FewPorts()})
	tables.OutOfPorts(lab, (*Lab).UDP, "rfc7857.s4-drop", "rfc4787.req-2")
})

var _ = Describe("RFC 7857 4, a paired address out of TCP ports:", func() {
	lab := NewLab(Setup{Policy: tables.FewPorts()})
	tables.OutOfPorts(lab, (*Lab).TCP, "rfc7857.s4-tcp", "rfc7857.s4-tcp")
})

// RFC 7857, Section 4, on "soft-APP".
var _ = Describe("RFC 7857 4, soft pairing:", func() {
	policy := tables.FewPorts()
	policy.SoftPooling = true
	lab := NewLab(Setup{Policy: policy})
	Context("of UDP,", func() { tables.SoftPooling(lab, (*Lab).UDP, "rfc7857.s4-soft") })
	Context("of TCP,", func() { tables.SoftPooling(lab, (*Lab).TCP, "rfc7857.s4-soft") })
})
