package rfc3022

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/tables"
)

// RFC 3022, Section 2.2: tuples "are translated to tuples of the type (registered IP
// address, assigned TU port number)". A lease that ends makes another address the
// registered one, while flows live. RFC 6887, Section 14.2: "Anytime the external
// address or port changes, existing TCP and UDP connections will be lost".
var _ = Describe("RFC 3022 2.2, the outside address becomes another:", func() {
	lab := NewLab(Setup{Later: []Policy{{}}})

	DescribeTable("a new session leaves from the new address,", Requirement("practice.change-address-new"),
		func(ctx SpecContext, at tables.At) {
			x, y := at(lab, "X:42000"), at(lab, "Y1:5000")
			lab.Open(ctx, x.Sibling(42001), y, true)

			By("the address becomes another, and X:42000 sends for the first time")
			now := lab.Renumber(ctx, Policy{})
			Expect(x.ArrivesAt(ctx, y).Source.Addr()).To(Be(now), "the old address is no longer the NAT's")
		},
		Entry("of UDP", tables.At((*Lab).UDP)), Entry("of TCP", tables.At((*Lab).TCP)),
		Entry("of ICMP", tables.At((*Lab).Echo)),
	)

	It("an endpoint that sends again leaves from the new address, and is answered there",
		Requirement("practice.change-address-flow"), func(ctx SpecContext) {
			flow := lab.Open(ctx, lab.UDP("X:42100"), lab.UDP("Y1:5000"), true)

			By("the address becomes another, and X:42100 sends to Y1:5000 again")
			lab.Renumber(ctx, Policy{})
			there := flow.Y.Hears(ctx, flow.X.To(flow.Y.Addr()))
			Expect(there).To(BeHeard(), "the mapping must be to the new address")

			By("Y1:5000 answers to what it sees")
			Expect(flow.X.Hears(ctx, flow.Y.To(there.Source()))).To(BeHeard())
		})

	DescribeTable("what comes to the old address reaches nobody,", Requirement("practice.change-address-old"),
		func(ctx SpecContext, at tables.At, again bool) {
			flow := lab.Open(ctx, at(lab, "X:42200"), at(lab, "Y1:5000"), true)

			By("the address becomes another, and Y1:5000 sends to the mapping at the old one")
			lab.Renumber(ctx, Policy{})
			if again {
				flow.X.ArrivesAt(ctx, flow.Y)
			}
			Expect(flow.Probe(ctx)).NotTo(BeHeard(), "somebody else may have the old address now")
		},
		Entry("whose endpoint has not sent since", tables.At((*Lab).UDP), false),
		Entry("whose endpoint has sent again", tables.At((*Lab).UDP), true),
		Entry("of TCP", tables.At((*Lab).TCP), false),
		Entry("of ICMP", tables.At((*Lab).Echo), false),
	)
})

// The same through a port forward, which moves to the new address with the NAT.
var _ = Describe("RFC 3022 2.2, the outside address of a forward becomes another:", func() {
	movesForward("udp", (*Lab).UDP)
})

var _ = Describe("RFC 3022 2.2, the outside address of a forward becomes another, TCP:", func() {
	movesForward("tcp", (*Lab).TCP)
})

func movesForward(protocol string, at tables.At) {
	forward := func(addr netip.Addr) Policy {
		return forwarding(Forward{
			Protocol: protocol, External: netip.AddrPortFrom(addr, 8080), Inside: netip.AddrPortFrom(Addr("X"), 80),
		})
	}
	before, after := forward(Pool()[0]), forward(Renumbered())
	lab := NewLab(Setup{Policy: before, Later: []Policy{after}})

	It("a session that began at the old address reaches nobody there", Requirement("practice.change-forward-old"),
		func(ctx SpecContext) {
			server, client := at(lab, "X:80"), at(lab, "Y1:50000")
			old := before.Forwards[0].External
			lab.Premise(server.Hears(ctx, client.To(old)), tables.NoForward)
			client.Hears(ctx, server.To(client.Addr()))

			By("the address becomes another, and the client sends to the old one once more")
			lab.Renumber(ctx, after)
			Expect(server.Hears(ctx, client.To(old))).NotTo(BeHeard(), "somebody else may have the old address now")
		})

	It("a new session gets in at the new address at once", Requirement("practice.change-forward-added"),
		func(ctx SpecContext) {
			server, client := at(lab, "X:80"), at(lab, "Y1:50000")
			lab.Premise(server.Hears(ctx, at(lab, "Y2:50000").To(before.Forwards[0].External)), tables.NoForward)

			By("the address becomes another, and Y1:50000 sends to the new one")
			lab.Renumber(ctx, after)
			external := after.Forwards[0].External
			Expect(server.Hears(ctx, client.To(external))).To(BeHeard())
			Expect(client.Hears(ctx, server.To(client.Addr()))).To(BeHeardFrom(external))
		})
}
