package rfc5382

import (
	"fmt"
	"net/netip"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 5382, Section 7.3. A connection meets an ICMP message about its SYN before the
// answer has come, or about its data. X2 takes X's port first where a quote is looked
// at, so that the mapping differs from X's endpoint in its port as well. That the quote
// is as it was in every field, and what else of a message stays, is RFC 5508's matter.
var _ = Describe("RFC 5382 7.3, ICMP:", func() {
	lab := NewLab(Setup{})

	DescribeTable("every code of Destination Unreachable is relayed, and about the segment that X:x sent,",
		Requirement("rfc5382.req-9"), func(ctx SpecContext, established bool) {
			const codes = 16
			y := lab.TCP("Y1:8000")
			for code := range uint8(codes) {
				x := lab.TCP("X:32000").Sibling(32000 + uint16(code))
				lab.TCP("X2:32000").Sibling(32000+uint16(code)).SeenBy(ctx, y)
				if established {
					lab.Open(ctx, x, y, true)
				}
				sent := x.To(y.Addr())
				By(fmt.Sprintf("R, a router, sends Destination Unreachable, code %d, to %s", code, x))
				heard := x.Hears(ctx, lab.ICMPError("R", 3, code, 0, x.Sent(ctx, sent, y)).OfAnyKind())
				Expect(heard).To(QuoteEndsOf(sent), "code %d", code)
			}
		},
		Entry("which is a SYN", false),
		Entry("which is data", true),
	)

	DescribeTable("the connection survives ICMP messages of every kind,", Requirement("rfc5382.req-10"),
		func(ctx SpecContext, established bool, rest ...Step) {
			y := lab.TCP("Y1:8000")
			for i, m := range messages {
				By(fmt.Sprintf("R and Y1 send ICMP type %d code %d about a segment of X", m.kind, m.code))
				Expect(lab.Persists(func(try uint16) Play {
					flow := lab.Between(lab.TCP("X:32100").Sibling(32100+uint16(i)+40*try), y)
					if established {
						flow = lab.Open(ctx, flow.X, y, true)
					}
					about := flow.X.ArrivesAt(ctx, y)
					flow.Mapping = about.Source
					lab.ICMPError("R", m.kind, m.code, 0, about).Sends(ctx)
					lab.ICMPError("Y1", m.kind, m.code, 0, about).Sends(ctx)
					return flow.Plays(ctx, rest...)
				})).To(BePassed(), "after type %d code %d", m.kind, m.code)
			}
		},
		Entry("when its SYN is not answered yet", false,
			FromY(SYN|ACK), FromX(ACK), FromX(Data), FromY(Data)),
		Entry("when it is established", true, FromX(Data), FromY(Data)),
	)

	DescribeTable("the connection survives ICMP messages of every kind from the inside,", Requirement("rfc5382.req-10"),
		func(ctx SpecContext, established bool, next Flags, rest ...Step) {
			y := lab.TCP("Y1:8000")
			for i, m := range messages {
				By(fmt.Sprintf("X and Ri send ICMP type %d code %d about what Y1 has sent to X", m.kind, m.code))
				Expect(lab.Persists(func(try uint16) Play {
					flow := lab.Open(ctx, lab.TCP("X:32500").Sibling(32500+uint16(i)+40*try), y, established)
					about := y.Sent(ctx, y.Sending(Segment{Flags: &next}, flow), flow.X)
					lab.ICMPError("X", m.kind, m.code, 0, about).Sends(ctx)
					lab.ICMPError("Ri", m.kind, m.code, 0, about).Sends(ctx)
					return flow.Plays(ctx, rest...)
				})).To(BePassed(), "after type %d code %d", m.kind, m.code)
			}
		},
		Entry("about a SYN-ACK", false, SYN|ACK, FromX(ACK), FromX(Data), FromY(Data)),
		Entry("about data", true, Data, FromX(Data), FromY(Data)),
	)
})

// RFC 5382, Section 7.3, on messages that are about no packet of the connection.
var _ = Describe("RFC 5382 7.3, other ICMP:", func() {
	lab := NewLab(Setup{})

	It("the connection survives echo requests with its port for their identifier", Requirement("rfc5382.req-10"),
		func(ctx SpecContext) {
			flow := lab.Open(ctx, lab.TCP("X:32300"), lab.TCP("Y1:8000"), true)

			By("X sends echo requests to Y1, and Y1 to the NAT")
			for _, id := range []uint16{32300, flow.Mapping.Port()} {
				lab.Echo(fmt.Sprintf("X:%d", id)).Sends(ctx, flow.Y.Addr())
				lab.Echo(fmt.Sprintf("Y1:%d", id)).Sends(ctx, netip.AddrPortFrom(flow.Mapping.Addr(), 0))
			}
			Expect(flow.Plays(ctx, FromY(Data), FromX(Data))).To(BePassed())
		})

	It("the connection survives ICMP errors that quote nonsense", Requirement("rfc5382.req-10"),
		func(ctx SpecContext) {
			flow := lab.Open(ctx, lab.TCP("X:32310"), lab.TCP("Y1:8000"), true)
			about := flow.X.ArrivesAt(ctx, flow.Y)
			for _, nonsense := range NonsenseAbout(about) {
				By("Y1 sends Port Unreachable that quotes " + nonsense.Name)
				lab.ICMPError("Y1", 3, 3, 0, about).QuotingBytes(nonsense.Data).Sends(ctx)
			}
			Expect(flow.Plays(ctx, FromY(Data), FromX(Data))).To(BePassed())
		})
})

// A connection may not even lose a part of its time: it would end earlier than it has to.
var _ = Describe("RFC 5382 7.3, ICMP about an idle connection:", func() {
	const set = 100 * time.Second
	lab := NewLab(Setup{Policy: Policy{TCPEstablished: set}})

	It("its timer runs on as if there had been none", Requirement("rfc5382.req-10"), Waits(set),
		func(ctx SpecContext) {
			y := lab.TCP("Y1:8000")
			idle := lab.OpenSpared(ctx, lab.TCP("X:32700"), y, true)
			blamed := lab.OpenSpared(ctx, lab.TCP("X:32710"), y, true)
			for _, flow := range []*Flow{idle, blamed} {
				flow.Each(func(f *Flow) {
					played := f.Plays(ctx, FromX(Data), FromY(Data), FromX(ACK))
					lab.PremisePassed(played, "the connection carries nothing")
				})
			}

			By("R and X send Time Exceeded about one of two connections after 50 s; Y1 sends on both after 90")
			lab.IdleUntil(ctx, 50*time.Second)
			blamed.Each(func(f *Flow) {
				lab.ICMPError("R", 11, 0, 0, f.Unsent()).Sends(ctx)
				lab.ICMPError("X", 11, 0, 0, f.Y.To(f.X.Addr()).Unsent()).Sends(ctx)
			})
			lab.IdleUntil(ctx, 90*time.Second)
			lab.Premise(idle.Probe(ctx), "a connection does not live as long as was set, so nothing shows")
			Expect(blamed.Probe(ctx)).To(BeHeard(), "an error must take nothing from its time")
		})
})

// A message is the type and code of an ICMP message.
type message struct{ kind, code uint8 }

// messages are those that complain of a packet, with each of their codes: Destination
// Unreachable, Source Quench, Redirect, Time Exceeded and Parameter Problem.
var messages = func() []message {
	var all []message
	for _, m := range []struct{ kind, codes uint8 }{{3, 16}, {4, 1}, {5, 4}, {11, 2}, {12, 3}} {
		for code := range m.codes {
			all = append(all, message{m.kind, code})
		}
	}
	return all
}()
