package tables

import (
	"context"
	"net/netip"

	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
)

// A Way is how packets pass a NAT that are not of a dynamic mapping: A sends to the address
// To, by which B is reached.
type Way struct {
	Name   string
	Policy func(protocol string) Policy
	A, B   string
	To     func() netip.AddrPort
	// Sequences says that the life of its connections is judged elsewhere, segment by segment.
	Sequences bool
}

// Ways are all of them that a policy makes. RFC 5382, REQ-2 is judged by a forward as well.
var Ways = []Way{
	{"a port forward", ForwardPolicy, "Y1:50400", "X:80", public, true},
	{"a static pair", func(string) Policy { return StaticPolicy() }, "Y1:50400", "X:5300",
		func() netip.AddrPort { return netip.AddrPortFrom(registered(), 5300) }, false},
	{"hairpinning", HairpinPolicy, "X:50400", "X2:53", inward, false},
}

// A Passing is two ends between which packets pass: A sends to the address To, and B answers
// to Back. Beside is the host whose controls are trusted; "" is that which is observed.
type Passing struct {
	A, B     *Endpoint
	To, Back netip.AddrPort
	Beside   string
}

// Opens has A reach B, and B answer, in a lab with the way's policy.
func (w Way) Opens(ctx context.Context, lab *Lab, at At) *Passing {
	GinkgoHelper()
	const nothing = "nothing passes this way, which other specs judge"
	p := &Passing{A: at(lab, w.A), B: at(lab, w.B), To: w.To(), Beside: "X3"}
	asked := p.B.HearsBeside(ctx, p.Beside, p.A.To(p.To))
	lab.Premise(asked, nothing)
	p.Back = asked.Source()
	lab.Premise(p.A.HearsBeside(ctx, p.Beside, p.B.To(p.Back)), nothing)
	return p
}

// Sends has each end send packets to the other, looks at none of them, and returns when
// all are through.
func (p *Passing) Sends(ctx context.Context, lab *Lab, shapes ...func(*Packet) *Packet) {
	GinkgoHelper()
	for _, shape := range shapes {
		lab.Sends(ctx, shape(p.A.To(p.To)))
		lab.Sends(ctx, shape(p.B.To(p.Back)))
	}
	lab.UDP("X3:50410").Exchanges(ctx, lab.UDP("Y2:7"))
}

// Hear has each end send a packet, and returns what became of that of A, and of that of B.
func (p *Passing) Hear(ctx context.Context, shape func(*Packet) *Packet) [2]Heard {
	GinkgoHelper()
	return [2]Heard{
		Insist(func() Heard { GinkgoHelper(); return p.B.HearsBeside(ctx, p.Beside, shape(p.A.To(p.To))) }),
		Insist(func() Heard { GinkgoHelper(); return p.A.HearsBeside(ctx, p.Beside, shape(p.B.To(p.Back))) }),
	}
}

// Unheard adds to what was lost, said in words, what one of the ends sends and the other does
// not hear.
func (p *Passing) Unheard(ctx context.Context, lost Lost, what string, shape func(*Packet) *Packet) Lost {
	GinkgoHelper()
	heard := p.Hear(ctx, shape)
	lost = lost.Unless(heard[0], "%s from %s", what, p.A)
	return lost.Unless(heard[1], "%s from %s", what, p.B)
}
