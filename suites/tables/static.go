package tables

import (
	"net/netip"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// registered is the external address that StaticPolicy pairs with X's.
func registered() netip.Addr { return Pool()[1] }

// StaticPolicy is a static pair of addresses.
func StaticPolicy() Policy {
	return Policy{Static: []Pair{{Inside: Addr("X"), External: registered()}}}
}

// Static declares the specs of a static address mapping, in a lab with StaticPolicy.
// The controls are X2's, which has no pair: the host whose pair may be broken would
// have none that work.
func Static(lab *Lab, at At, requirement string) {
	It("the host is reached at its registered address", Requirement(requirement), func(ctx SpecContext) {
		x, y := at(lab, "X:5000"), at(lab, "Y1:80")

		By("Y1:80 sends to the registered address without having been sent to")
		outside := netip.AddrPortFrom(registered(), 5000)
		Expect(x.HearsBeside(ctx, "X2", y.To(outside))).To(BeHeardFrom(y.Addr()))

		By("X:5000 answers")
		Expect(y.HearsBeside(ctx, "X2", x.To(y.Addr()))).To(BeHeardFrom(outside))
	})

	It("the host leaves from its registered address", Requirement(requirement), func(ctx SpecContext) {
		x, y := at(lab, "X:5000"), at(lab, "Y2:80")

		By("X:5000 sends to Y2:80")
		heard := y.HearsBeside(ctx, "X2", x.To(y.Addr()))
		Expect(heard).To(BeHeardFrom(netip.AddrPortFrom(registered(), 5000)))
	})

	It("the host keeps its address beside others with the same port",
		Requirement(requirement), func(ctx SpecContext) {
			x, y := at(lab, "X:5000"), at(lab, "Y1:80")
			at(lab, "X2:5000").SeenBy(ctx, y)
			at(lab, "X3:5000").SeenBy(ctx, y)

			By("Y1:80, to which X2:5000 and X3:5000 have sent, sends to the registered address")
			heard := x.HearsBeside(ctx, "X2", y.To(netip.AddrPortFrom(registered(), 5000)))
			Expect(heard).To(BeHeardFrom(y.Addr()))
		})
}

// StaticPorts declares the specs that a pair leaves ports as they are.
func StaticPorts(lab *Lab, at At, requirement string) {
	DescribeTable("a port is the same inside and outside, both ways,", Requirement(requirement),
		func(ctx SpecContext, port, peer uint16) {
			x, y := at.port(lab, "X", port), at.port(lab, "Y1", peer)
			outside := netip.AddrPortFrom(registered(), port)
			other := at(lab, "Y2:80")
			lab.Premise(other.HearsBeside(ctx, "X2", at(lab, "X:5000").To(other.Addr())),
				"the pair carries nothing (rfc3022.basic-static)")
			at.port(lab, "X2", port).SeenBy(ctx, y)

			By("X sends to Y1 from the port")
			Expect(y.HearsBeside(ctx, "X2", x.To(y.Addr()))).To(BeHeardFrom(outside))

			By("Y1 sends to the port of the registered address")
			Expect(x.HearsBeside(ctx, "X2", y.To(outside))).To(BeHeard())
		},
		Entry("a service's", uint16(22), uint16(80)),
		Entry("the last well-known one", uint16(1023), uint16(80)),
		Entry("the first after it", uint16(1024), uint16(5000)),
		Entry("one of calls", uint16(5060), uint16(5060)),
		Entry("the last", uint16(65535), uint16(65533)),
	)
}

// StaticOthers declares the spec that no other host is translated to the registered
// address.
func StaticOthers(lab *Lab, at At, requirement string) {
	It("other hosts leave from another address", Requirement(requirement), func(ctx SpecContext) {
		y := at(lab, "Y1:80")

		By("X2 and X3 each send from 20 ports")
		sessions := append(lab.Sessions("X2", 35000, 20, y), lab.Sessions("X3", 35000, 20, y)...)
		Expect(lab.SeenInAll(ctx, sessions...)).To(AvoidAddress(registered()))
	})
}

// StaticIdle declares the spec that a pair outlives all timers, in a lab with
// StaticPolicy.
func StaticIdle(lab *Lab, at At, requirement string) {
	It("ten minutes after the last packet the host is still reached at its registered address, and leaves from it",
		Requirement(requirement), func(ctx SpecContext) {
			x, y := at(lab, "X:5100"), at(lab, "Y1:80")
			outside := netip.AddrPortFrom(registered(), 5100)
			lab.Premise(y.HearsBeside(ctx, "X2", x.To(y.Addr())), "the pair carries nothing (rfc3022.basic-static)")

			By("ten minutes pass, and Y1:80 sends to the registered address")
			lab.Idle(ctx, 10*time.Minute)
			y.Forgets(outside) // of TCP, so that it begins anew
			Expect(x.HearsBeside(ctx, "X2", y.To(outside))).To(BeHeard())

			By("X:5100 sends to a host that is new to it")
			other := at(lab, "Y2:81")
			Expect(other.HearsBeside(ctx, "X2", x.To(other.Addr()))).To(BeHeardFrom(outside))
		})
}

// PairsPolicy is a static pair for each of two hosts.
func PairsPolicy() Policy {
	return Policy{Static: []Pair{
		{Inside: Addr("X"), External: registered()}, {Inside: Addr("X2"), External: Pool()[2]},
	}}
}

// Pairs declares the spec that several pairs are told apart, in a lab with
// PairsPolicy.
func Pairs(lab *Lab, at At, requirement string) {
	It("each of two hosts leaves from its own registered address, and is reached there",
		Requirement(requirement), func(ctx SpecContext) {
			y, stranger := at(lab, "Y1:80"), at(lab, "Y2:80")
			for i, pair := range PairsPolicy().Static {
				x := at(lab, []string{"X:5000", "X2:5000"}[i])
				outside := netip.AddrPortFrom(pair.External, 5000)

				By(x.String() + " sends to Y1:80")
				Expect(y.HearsBeside(ctx, "X3", x.To(y.Addr()))).To(BeHeardFrom(outside))

				By("Y2:80 sends to the registered address of " + x.String())
				Expect(x.HearsBeside(ctx, "X3", stranger.To(outside))).To(BeHeardFrom(stranger.Addr()))
			}
		})
}
