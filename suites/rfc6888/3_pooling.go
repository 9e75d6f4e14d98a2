package rfc6888

import (
	"fmt"
	"net/netip"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 6888, Section 3, REQ-2: the same address for all sessions, "be they TCP, UDP, ICMP,
// something else, or a mix of different protocols".
var _ = Describe("RFC 6888 3, REQ-2, address pooling:", func() {
	lab := NewLab(Setup{Policy: Policy{Pool: Pool()}})

	It("each subscriber uses one external address for UDP, TCP and ICMP", Requirement("rfc6888.req-2"),
		func(ctx SpecContext) {
			By("X, X2 and X3, in turn, send by UDP, TCP and ICMP to two hosts, from low ports and from high ones")
			var sessions []Session
			for i := range 20 {
				for _, name := range []string{"X", "X2", "X3"} {
					x, y := fmt.Sprintf("%s:%d", name, []int{31000, 500}[i/16]+i), fmt.Sprintf("Y%d:7", 1+i%2)
					sessions = append(sessions,
						Session{X: lab.UDP(x), Y: lab.UDP(y)}, Session{X: lab.TCP(x), Y: lab.TCP(y)},
						Session{X: lab.Echo(x), Y: lab.Echo(y)})
				}
			}
			Expect(lab.SeenInAll(ctx, sessions...)).To(BeOneAddress())
		})
})

// It is the same address also for who has few mappings at a time, and others after them.
var _ = Describe("RFC 6888 3, REQ-2, address pooling, and timers of 10 seconds:", func() {
	lab := NewLab(Setup{Policy: Policy{Pool: Pool(), UDPTimeout: lifetime}})

	It("each subscriber goes on with its address when one mapping lives and others have ended",
		Requirement("rfc6888.req-2"), Waits(50*time.Second), func(ctx SpecContext) {
			var seen Sightings
			By("X and X2 each send from 3 ports, and from the first and 3 others whenever 8 seconds have passed")
			y := lab.UDP("Y1:7")
			for i := range 6 {
				for _, host := range []string{"X", "X2"} {
					sessions := append(lab.Sessions(host, 32000, 1, y), lab.Sessions(host, uint16(32001+10*i), 3, y)...)
					seen = append(seen, lab.SeenInAll(ctx, sessions...)...)
				}
				lab.Idle(ctx, 8*time.Second)
			}
			Expect(seen).To(BeOneAddress())
		})
})

// RFC 6888, Section 3, REQ-3. Which address of a pool a host gets is the NAT's choice, so
// that a pool is kept to is what can be judged.
var _ = Describe("RFC 6888 3, REQ-3, pools of addresses:", func() {
	ofPool := func(what string, pool ...netip.Addr) {
		Context(what, func() {
			lab := NewLab(Setup{Policy: Policy{Pool: pool}})

			It("hosts are seen at its addresses and at no others", Requirement("rfc6888.req-3-config"),
				func(ctx SpecContext) {
					By("X, X2 and X3 send from 8 ports each")
					y := lab.UDP("Y1:7")
					for i := range 8 {
						for _, host := range []string{"X", "X2", "X3"} {
							x := lab.UDP(fmt.Sprintf("%s:%d", host, 31000+i))
							Expect(x.ArrivesAt(ctx, y).Source.Addr()).To(BeOneOf(pool...))
						}
					}
				})
		})
	}
	ofPool("of two neighbours,", Pool()[1], Pool()[2])
	ofPool("of two with a gap between them,", Pool()[0], Pool()[2])
})
