package tables

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// SourcesPolicy chooses an address for X, and another for the subnet that X2 and X3 are in,
// which X is in as well.
func SourcesPolicy() Policy {
	return Policy{Translation: Translation{Sources: []Source{
		{Inside: netip.PrefixFrom(Addr("X"), 32), External: Pool()[1]},
		{Inside: netip.PrefixFrom(Addr("X2"), 30).Masked(), External: Pool()[2]},
	}}}
}

// SourcePolicy chooses an address for X alone.
func SourcePolicy() Policy {
	policy := SourcesPolicy()
	policy.Sources = policy.Sources[:1]
	return policy
}

// SourceOfHost declares the spec that a host leaves from the address that was chosen for
// it, in a lab with SourcesPolicy.
func SourceOfHost(lab *Lab, at At, requirement string) {
	It("a host leaves from its chosen address with all its sessions, and is answered there", Requirement(requirement),
		func(ctx SpecContext) {
			By("X sends from several ports to several servers, which answer")
			for _, session := range []Session{
				{X: at(lab, "X:38000"), Y: at(lab, "Y1:7000")}, {X: at(lab, "X:38001"), Y: at(lab, "Y1:7000")},
				{X: at(lab, "X:38001"), Y: at(lab, "Y2:8000")}, {X: at(lab, "X:500"), Y: at(lab, "Y1:53")},
			} {
				seen := session.X.SeenBy(ctx, session.Y)
				Expect(seen.Addr()).To(Be(Pool()[1]), "it is the address that was chosen for the host")
				Expect(session.X.Hears(ctx, session.Y.To(seen))).To(BeHeard())
			}
		})
}

// SourceOfSubnet declares the spec that the hosts of a subnet leave from the address that
// was chosen for it, in a lab with SourcesPolicy.
func SourceOfSubnet(lab *Lab, at At, requirement string) {
	It("two hosts of a subnet with the same port leave from its chosen address, and each is answered",
		Requirement(requirement), func(ctx SpecContext) {
			By("X2 and X3 send from one port, to a server each")
			seen := at(lab, "X2:38100").SeenByEach(ctx, at(lab, "Y1:7000"))
			seen = append(seen, at(lab, "X3:38100").SeenByEach(ctx, at(lab, "Y2:7000"))...)

			By("the servers answer")
			for _, s := range seen {
				Expect(s.Source.Addr()).To(Be(Pool()[2]), "it is the address that was chosen for the subnet")
				Expect(s.X.Hears(ctx, s.Y.To(s.Source))).To(BeHeard())
			}
		})
}

// PairOfHostsPolicy chooses an address for the subnet of X2 and X3 alone.
func PairOfHostsPolicy() Policy {
	return Policy{Translation: Translation{Sources: []Source{
		{Inside: netip.PrefixFrom(Addr("X2"), 31), External: Pool()[2]},
	}}}
}

// SourceOfNeighbours declares the spec that a subnet ends where it ends, in a lab with
// PairOfHostsPolicy.
func SourceOfNeighbours(lab *Lab, at At, requirement string) {
	It("the host next to a subnet and one far from it leave from the NAT's own address", Requirement(requirement),
		func(ctx SpecContext) {
			y := at(lab, "Y1:7")
			By("X2 sends, which is of the subnet, and then X and Ri, which are not")
			at(lab, "X2:38400").SeenBy(ctx, y)
			for _, host := range []string{"X:38400", "Ri:38400"} {
				Expect(at(lab, host).SeenBy(ctx, y).Addr()).To(Be(Pool()[0]), "nothing was chosen for %s", host)
			}
		})
}

// SecondPolicy chooses an address for the hosts behind a second inside interface.
func SecondPolicy() Policy { return Policy{Translation: Translation{SecondSource: Pool()[1]}} }

// SourceOfInterface declares the spec that the hosts behind an interface leave from the
// address that was chosen for it, and others of the same subnet do not, in a lab with
// SecondPolicy.
func SourceOfInterface(lab *Lab, at At, requirement string) {
	It("two hosts behind an interface leave from its chosen address, and one of their subnet behind another does not",
		Requirement(requirement), func(ctx SpecContext) {
			By("X3 and Ri, behind the NAT's second inside interface, and X send from one port")
			y := at(lab, "Y1:7000")
			for _, host := range []struct {
				x    *Endpoint
				from netip.Addr
			}{
				{at(lab, "X3:38300"), Pool()[1]}, {at(lab, "X:38300"), Pool()[0]}, {at(lab, "Ri:38300"), Pool()[1]},
			} {
				seen := host.x.SeenBy(ctx, y)
				Expect(seen.Addr()).To(Be(host.from), "the interface decides, and nothing else tells them apart")
				Expect(host.x.Hears(ctx, y.To(seen))).To(BeHeard())
			}
		})
}

// SourceOfOthers declares the spec that other hosts leave as if nothing were chosen, in a
// lab with SourcePolicy.
func SourceOfOthers(lab *Lab, at At, requirement string) {
	It("a host that no address was chosen for leaves from the NAT's own", Requirement(requirement),
		func(ctx SpecContext) {
			y := at(lab, "Y1:7")
			at(lab, "X:38200").SeenBy(ctx, y)

			By("X2:38200 sends to Y1:7, as X:38200 has done")
			Expect(at(lab, "X2:38200").SeenBy(ctx, y).Addr()).To(Be(Pool()[0]))
		})
}
