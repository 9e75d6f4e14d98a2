package rfc5382

import (
	"net/netip"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// exchanged is a connection in which each end has sent nine bytes.
var exchanged = []Step{
	FromX(SYN), FromY(SYN | ACK), FromX(ACK), FromX(Data).Carrying("a request"),
	FromY(Data).Carrying("an answer"), FromX(ACK),
}

// A connection that is established, by what it is and what is in it beside what every one
// has, and what shows that it lives.
type establishedKind struct {
	name, x, y string
	steps      []Step
	probe      Step
}

// RFC 5382, Section 5 knows of established connections no kinds.
var _ = Describe("RFC 5382 5, idle connections of all kinds:", func() {
	lab := NewLab(Setup{})
	data := FromY(Data)
	kinds := []establishedKind{
		{"of a well-known port", "X:514", "Y1:8000", nil, data},
		{"of a port above 60000", "X:60010", "Y1:8000", nil, data},
		{"of a third host", "X3:50710", "Y1:8000", nil, data},
		{"toward the port of HTTP", "X:50711", "Y1:80", nil, data},
		{"toward the port of SSH", "X:50712", "Y1:22", nil, data},
		{"between equal ports", "X:50713", "Y1:50713", nil, data},
		{"of a port that another host has", "X2:50711", "Y1:8000", nil, data},
		{"with urgent data", "X:50714", "Y1:8000", []Step{FromX(Data | URG).PointingAt(1), FromY(ACK)}, data},
		{"with keep-alives", "X:50716", "Y1:8000",
			[]Step{FromX(ACK).At(9), FromY(ACK), FromY(ACK).At(9), FromX(ACK)}, data},
		{"with data sent twice", "X:50717", "Y1:8000",
			[]Step{FromX(Data).At(1).Carrying("a request"), FromY(ACK)}, data},
		{"half closed by Y1, with data thereafter", "X:50721", "Y1:8000",
			[]Step{FromY(FIN | ACK), FromX(ACK), FromX(Data), FromY(ACK)}, FromY(ACK)},
		{"beside another one of its endpoint", "X:50721", "Y2:8000", nil, data},
	}

	It("each lives for two hours and four minutes", Requirement("rfc5382.req-5-est"), func(ctx SpecContext) {
		By("X, X2 and X3 open connections, and send what is rare in them")
		var flows []*Flow
		for _, kind := range kinds {
			flow := lab.BetweenSpared(lab.TCP(kind.x), lab.TCP(kind.y))
			flow.Each(func(f *Flow) {
				lab.PremisePassed(f.Plays(ctx, append(exchanged[:len(exchanged):len(exchanged)], kind.steps...)...),
					"a connection does not get so far (rfc5382.req-2)")
			})
			flows = append(flows, flow)
		}
		By("X:50722 opens one as well, and a router sends it ICMP errors about its data")
		told := lab.BetweenSpared(lab.TCP("X:50722"), lab.TCP("Y1:8000"))
		told.Each(func(f *Flow) {
			lab.PremisePassed(f.Plays(ctx, exchanged...), "there is no connection (rfc5382.req-2)")
			about := f.X.Sent(ctx, f.X.To(f.Y.Addr()), f.Y)
			lab.PremisePassed(f.Plays(ctx, FromY(ACK)), "the data is not acknowledged")
			lab.ICMPError("R", 3, 1, 0, about).Sends(ctx)
			lab.ICMPError("R", 11, 0, 0, about).Sends(ctx)
		})

		By("nothing is sent until ten seconds before their time is over, then Y1 and Y2 send")
		lab.Idle(ctx, established-10*time.Second)
		var lost Lost
		alive := func(f *Flow, probe Step) Heard {
			GinkgoHelper()
			return Insist(func() Heard { GinkgoHelper(); return f.Probe(ctx, probe) })
		}
		for i, kind := range kinds {
			lost = lost.Unless(alive(flows[i], kind.probe), "data in the connection %s", kind.name)
		}
		lost = lost.Unless(alive(told, data), "data in the connection that a router has sent errors about")
		Expect(lost).To(BeNothing(), "none must be abandoned")
	})

	// REQ-5 "ensures that applications can send keep-alive packets at the default rate (every 2
	// hours) such that the NAT can passively determine that the connection is alive".
	DescribeTable("a connection lives for a day whose ends send every two hours,", Requirement("rfc5382.req-5"),
		Waits(24*time.Hour), func(ctx SpecContext, use ...Step) {
			flow := lab.Between(lab.TCP("X:50740"), lab.TCP("Y1:8000"))
			lab.PremisePassed(flow.Plays(ctx, exchanged...), "there is no connection (rfc5382.req-2)")
			lab.Idle(ctx, 2*time.Hour)
			lab.PremisePassed(flow.Plays(ctx, use...), "it does not live for two hours (rfc5382.req-5-est)")
			for passed := 4 * time.Hour; passed <= 24*time.Hour; passed += 2 * time.Hour {
				lab.Idle(ctx, 2*time.Hour)
				Expect(flow.Plays(ctx, use...)).To(BePassed(), "after %v", passed)
			}
		},
		Entry("data", FromX(Data), FromY(ACK)),
		Entry("keep-alives of X", FromX(ACK).At(9), FromY(ACK)),
		Entry("keep-alives of Y1", FromY(ACK).At(9), FromX(ACK)),
	)
})

// RFC 5382, Section 5, of connections that begin outside.
var _ = Describe("RFC 5382 5, idle connections by a port forward:", func() {
	public := netip.AddrPortFrom(Pool()[0], 8080)
	lab := NewLab(Setup{Policy: tables.ForwardPolicy("tcp")})

	It("one lives for two hours and four minutes", Requirement("rfc5382.req-5-est"), func(ctx SpecContext) {
		By("Y1:50730 opens a connection to the forwarded port")
		flow := lab.Between(lab.TCP("X:80"), lab.TCP("Y1:50730"), public)
		lab.PremisePassed(flow.Plays(ctx, plain(FromY, FromX)[:7]...),
			"the forward carries nothing (rfc3022.napt-static-port)")

		By("nothing is sent until just before its time is over, then X:80 sends")
		lab.Idle(ctx, lab.JustBefore(established))
		Expect(flow.ProbeBy(ctx, FromX(Data))).To(BeHeard(), "it must not be abandoned")
	})
})
