package tables

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// InsideRenumbered declares the spec that an inside which is numbered otherwise is translated
// to what it was before, in a lab whose inside is OtherIPv4.
func InsideRenumbered(lab *Lab, at At, requirement string) {
	It("hosts with other addresses leave from the very address as before, and are answered there",
		Requirement(requirement), func(ctx SpecContext) {
			y := at(lab, "Y1:7000")
			for _, x := range []*Endpoint{at(lab, "X:5000"), at(lab, "X2:5000")} {
				By(x.String() + " sends to Y1:7000, which answers")
				x1 := x.ArrivesAt(ctx, y).Source
				Expect(x1.Addr()).To(Be(Pool()[0]), "nothing changes outside")
				Expect(x.Hears(ctx, y.To(x1))).To(BeHeard())
			}
		})
}

// RenumberedForward is ForwardPolicy for an inside that is numbered otherwise, and a forward
// to X2.
func RenumberedForward(protocol string) Policy {
	policy := ForwardPolicy(protocol)
	policy.Forwards[0].Inside = netip.AddrPortFrom(OtherAddr("X"), 80)
	policy.Forwards = append(policy.Forwards, Forward{
		Protocol: protocol, External: other(), Inside: netip.AddrPortFrom(OtherAddr("X2"), 80),
	})
	return policy
}

func other() netip.AddrPort { return netip.AddrPortFrom(Pool()[0], 8081) }

// ServerRenumbered declares the spec that a server is reached where it was before, in a lab
// with RenumberedForward and an inside that is OtherIPv4.
func ServerRenumbered(lab *Lab, at At, requirement string) {
	It("clients reach a server with another address at the very endpoint as before", Requirement(requirement),
		func(ctx SpecContext) {
			server, client := at(lab, "X:80"), at(lab, "Y1:50000")
			lab.Premise(at(lab, "X2:80").Hears(ctx, at(lab, "Y2:50000").To(other())), NoForward)

			By("Y1:50000 sends to the registered endpoint 8080, and X:80 answers")
			Expect(server.Hears(ctx, client.To(public()))).To(BeHeardFrom(client.Addr()))
			Expect(client.Hears(ctx, server.To(client.Addr()))).To(BeHeardFrom(public()))
		})
}

// InsideRenumberedLive declares the specs that an inside which is numbered otherwise while
// flows live goes on with new sessions, and that the old ones end or stay where they are, in
// a lab that may change to the plain policy. That nothing outside bears an inside address is
// judged over all packets (wire.inside-address).
func InsideRenumberedLive(lab *Lab, at At, requirement string) {
	It("new sessions of the new addresses leave from the very address as before, and are answered there",
		Requirement(requirement), func(ctx SpecContext) {
			flow := lab.Open(ctx, at(lab, "X:42400"), at(lab, "Y1:5000"), true)

			By("the inside is renumbered, and X sends from the same port and from another")
			lab.RenumberInside(ctx, Policy{})
			for _, x := range []*Endpoint{flow.X, flow.X.Sibling(42401)} {
				there := flow.Y.Hears(ctx, x.To(flow.Y.Addr()))
				Expect(there).To(BeHeard(), "the new addresses must be the inside's")
				Expect(there.Source().Addr()).To(Be(flow.Mapping.Addr()), "nothing changes outside")
				Expect(x.Hears(ctx, flow.Y.To(there.Source()))).To(BeHeard())
			}
		})

	It("what comes for a session of an old address is not for who has a new one", Requirement(requirement),
		func(ctx SpecContext) {
			flow := lab.Open(ctx, at(lab, "X:42500"), at(lab, "Y1:5000"), true)

			By("the inside is renumbered, and Y1:5000 sends to the mapping of X's old address")
			lab.RenumberInside(ctx, Policy{})
			Expect(flow.Probe(ctx)).NotTo(BeHeard(), "the session was the old address's")
		})
}
