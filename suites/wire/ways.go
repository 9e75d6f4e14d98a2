package wire

import (
	"fmt"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// Forwards, pairs and hairpinning may be other paths in a NAT's code. What the invariants
// of the wire say is judged over the packets of these specs as well.
var _ = Describe("The wire, other ways:", func() {
	const otherWays = "practice.other-ways"
	for _, way := range tables.Ways {
		Describe("by "+way.Name+",", func() {
			lab := NewLab(Setup{Policy: way.Policy("udp")})

			It("datagrams of all kinds are carried", Requirement(otherWays), func(ctx SpecContext) {
				passing := way.Opens(ctx, lab, (*Lab).UDP)
				By("both ends send datagrams of all kinds")
				var lost Lost
				for _, kind := range []string{"plain", "sizes", "classes", "lives"} {
					for i, shape := range shapes[kind] {
						lost = passing.Unheard(ctx, lost, fmt.Sprintf("datagram %d of the kind %q", i+1, kind), shape)
					}
				}
				for _, kind := range []string{"options", "damaged"} { // which a NAT may drop
					passing.Sends(ctx, lab, shapes[kind]...)
				}
				Expect(lost).To(BeNothing())
			})

			It("a UDP checksum of zero stays zero both ways", Requirement(otherWays), func(ctx SpecContext) {
				passing := way.Opens(ctx, lab, (*Lab).UDP)
				By("both ends send a datagram without a checksum")
				for _, heard := range passing.Hear(ctx, (*Packet).WithoutChecksum) {
					Expect(heard).To(BeHeard())
					Expect(heard.Arrival.UDP.Checksum).To(Be(uint16(0)), "the UDP checksum must stay zero")
				}
			})
		})

		if way.Sequences {
			continue
		}
		Describe("by "+way.Name+", of TCP,", func() {
			lab := NewLab(Setup{Policy: way.Policy("tcp")})

			It("a connection is carried to its end", Requirement(otherWays), func(ctx SpecContext) {
				passing := way.Opens(ctx, lab, (*Lab).TCP)
				By("both ends send data of all lengths and kinds, and data with a FIN")
				var lost Lost
				for i, shape := range slices.Concat(shapes["lengths"], shapes["segments"][2:]) { // without a SYN
					lost = passing.Unheard(ctx, lost, fmt.Sprintf("segment %d", i+1), shape)
				}
				lost = passing.Unheard(ctx, lost, "a bare ACK", func(p *Packet) *Packet {
					return p.As(Segment{Flags: new(ACK)})
				})
				for _, flags := range []Flags{Data, ACK, Data | URG, Data | ECE, Data | CWR, Data | FIN} {
					lost = passing.Unheard(ctx, lost, flags.String(), func(p *Packet) *Packet {
						return p.As(Segment{Flags: &flags, Payload: []byte("some data")})
					})
				}
				passing.Sends(ctx, lab, shapes["segments"]...) // which come too late
				Expect(lost).To(BeNothing())
			})

			DescribeTable("a RST is carried,", Requirement(otherWays), func(ctx SpecContext, begun bool) {
				passing := way.Opens(ctx, lab, (*Lab).TCP)
				By("an end sends a RST")
				reset := func(p *Packet) *Packet { return p.As(Segment{Flags: new(RST | ACK)}) }
				if begun {
					Expect(passing.B.HearsBeside(ctx, passing.Beside, reset(passing.A.To(passing.To)))).To(BeHeard())
					return
				}
				Expect(passing.A.HearsBeside(ctx, passing.Beside, reset(passing.B.To(passing.Back)))).To(BeHeard())
			},
				Entry("of the end that has begun", true),
				Entry("of the end that was asked", false),
			)
		})
	}
})
