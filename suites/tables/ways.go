package tables

import (
	"context"
	"net/netip"

	. "github.com/onsi/ginkgo/v2"

	. "github.com/natproof/natproof/suites/lab"
)

// A Way is how packets pass a NAT that are not of a dynamic mapping. A sends to the address
// To, by which B is reached, and B answers to Back.
type Way struct {
	Name   string
	Policy func(protocol string) Policy
	// Opens exchanges the first packets.
	Opens func(ctx context.Context, lab *Lab, at At) *Passing
}

// A Passing is two ends between which packets pass.
type Passing struct {
	A, B     *Endpoint
	To, Back netip.AddrPort
}

// Ways are all of them that a policy makes.
var Ways = []Way{
	{"a port forward", ForwardPolicy, func(ctx context.Context, lab *Lab, at At) *Passing {
		GinkgoHelper()
		return opens(ctx, lab, at(lab, "Y1:50400"), at(lab, "X:80"), public())
	}},
	{"a static pair", func(string) Policy { return StaticPolicy() },
		func(ctx context.Context, lab *Lab, at At) *Passing {
			GinkgoHelper()
			return opens(ctx, lab, at(lab, "Y1:50400"), at(lab, "X:5300"), netip.AddrPortFrom(registered(), 5300))
		}},
	{"hairpinning", HairpinPolicy, func(ctx context.Context, lab *Lab, at At) *Passing {
		GinkgoHelper()
		return opens(ctx, lab, at(lab, "X:50400"), at(lab, "X2:53"), inward())
	}},
}

// opens has a reach b, and b answer.
func opens(ctx context.Context, lab *Lab, a, b *Endpoint, to netip.AddrPort) *Passing {
	GinkgoHelper()
	const nothing = "nothing passes this way, which other specs judge"
	asked := b.HearsBeside(ctx, "X3", a.To(to))
	lab.Premise(asked, nothing)
	w := &Passing{A: a, B: b, To: to, Back: asked.Source()}
	lab.Premise(a.HearsBeside(ctx, "X3", b.To(w.Back)), nothing)
	return w
}

// Sends has each end send packets to the other, looks at none of them, and returns when
// all are through.
func (w *Passing) Sends(ctx context.Context, lab *Lab, shapes ...func(*Packet) *Packet) {
	GinkgoHelper()
	for _, shape := range shapes {
		lab.Sends(ctx, shape(w.A.To(w.To)))
		lab.Sends(ctx, shape(w.B.To(w.Back)))
	}
	lab.UDP("X3:50410").Exchanges(ctx, lab.UDP("Y2:7"))
}

// Hear has each end send a packet, and returns what became of both.
func (w *Passing) Hear(ctx context.Context, shape func(*Packet) *Packet) []Heard {
	GinkgoHelper()
	return []Heard{
		Insist(func() Heard { GinkgoHelper(); return w.B.HearsBeside(ctx, "X3", shape(w.A.To(w.To))) }),
		Insist(func() Heard { GinkgoHelper(); return w.A.HearsBeside(ctx, "X3", shape(w.B.To(w.Back))) }),
	}
}

// Hears has each end send a packet, and returns the one that is not heard, if there is one.
func (w *Passing) Hears(ctx context.Context, shape func(*Packet) *Packet) Heard {
	GinkgoHelper()
	heard := w.Hear(ctx, shape)
	if heard[0].Arrival == nil {
		return heard[0]
	}
	return heard[1]
}
