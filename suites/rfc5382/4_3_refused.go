package rfc5382

import (
	"net/netip"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 5382, Section 4.3, REQ-4 is about every SYN, and from when it is received. A host repeats
// one that gets no answer after a second, and again after three (RFC 6298). Some NATs refuse
// those to the port of ident, since mail servers ask there.
var _ = Describe("RFC 5382 4.3, unsolicited SYNs of all kinds:", func() {
	lab := NewLab(Setup{})

	It("none is refused within six seconds, also when it comes again", Requirement("rfc5382.req-4"),
		func(ctx SpecContext) {
			nat, y2 := lab.External[0], lab.TCP("Y2:31400")
			lab.UDP("X:31410").SeenBy(ctx, lab.UDP("Y1:7"))
			syns := []*Packet{
				y2.To(netip.AddrPortFrom(nat, 31410)).As(Segment{Flags: new(SYN)}),
				y2.Sibling(31401).To(netip.AddrPortFrom(nat, 31411)).As(Segment{Flags: new(SYN | ECE | CWR)}),
				y2.Sibling(31402).To(netip.AddrPortFrom(nat, 31412)).As(Segment{
					Flags: new(SYN), Options: append(append([]byte{}, mss...), windowScale...),
				}),
			}
			for i, port := range []uint16{21, 22, 80, 113, 443, 1023, 1024, 3389, 50_000, 65_535} {
				syns = append(syns, y2.Sibling(31420+uint16(i)).To(netip.AddrPortFrom(nat, port)))
			}

			By("Y2 sends SYNs to many ports of the NAT, and again a second and three seconds after; two more pass")
			heard := y2.HearsAnyRefusal(ctx, lab.TCP("X:1"), syns, func() {
				for _, pause := range []time.Duration{time.Second, 2 * time.Second, 2 * time.Second} {
					for _, syn := range syns {
						lab.Sends(ctx, syn)
					}
					lab.TCP("X:31000").Hears(ctx, syns[0]) // whoever has it, the NAT has read all by then
					lab.Idle(ctx, pause)
				}
			})
			Expect(heard).NotTo(BeHeard(), "a SYN of a simultaneous open may be under way")
		})
})
