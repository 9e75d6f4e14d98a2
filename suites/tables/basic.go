package tables

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// BasicPolicy is Basic NAT with two addresses, which hosts are soon to have done with.
func BasicPolicy() Policy {
	return Policy{Pool: Pool()[:2], UDPTimeout: 10 * time.Second, Translation: Translation{Basic: true}}
}

// SwitchoverPolicy is BasicPolicy with a last address that is shared.
func SwitchoverPolicy() Policy {
	policy := BasicPolicy()
	policy.Switchover = true
	return policy
}

// noBasic is why a spec about addresses of single hosts cannot be judged.
const noBasic = "the hosts have not an address each (rfc3022.basic-dynamic)"

// Basic declares the specs of addresses that are bound to hosts, in a lab with BasicPolicy.
func Basic(lab *Lab, requirement string) {
	It("each of two hosts has one address, which the other has not, for all that it sends", Requirement(requirement),
		func(ctx SpecContext) {
			By("X, and then X2, sends by UDP, TCP and ICMP to two servers, which answer")
			var seen Sightings
			for _, host := range []string{"X:39000", "X2:39000"} {
				for _, at := range []At{(*Lab).UDP, (*Lab).TCP, (*Lab).Echo} {
					seen = append(seen, at(lab, host).SeenByEach(ctx, at(lab, "Y1:7000"), at(lab, "Y2:7000"))...)
				}
			}
			Expect(seen).To(BeOneAddress())
			Expect(seen).To(ShareNoAddress())
			for _, s := range seen {
				Expect(s.X.Hears(ctx, s.Y.To(s.Source))).To(BeHeard(), "answers to the address must reach its host")
			}
		})
}

// BasicPorts declares the specs that such an address leaves ports alone.
func BasicPorts(lab *Lab, at At, requirement string) {
	DescribeTable("a port is the same inside and outside, also where another host has it,", Requirement(requirement),
		func(ctx SpecContext, port uint16) {
			y := at(lab, "Y1:7000")
			seen := append(at.port(lab, "X", port).SeenByEach(ctx, y), at.port(lab, "X2", port).SeenByEach(ctx, y)...)
			lab.PremiseApart(seen, noBasic)
			for _, s := range seen {
				Expect(s.Source.Port()).To(Be(port), "nothing but addresses is translated")
			}
		},
		Entry("a service's", uint16(22)), Entry("the last well-known one", uint16(1023)),
		Entry("the first after it", uint16(1024)), Entry("the last", uint16(65535)),
	)
}

// bothBound opens a flow from X and X2 each, which leaves no address for others.
func bothBound(ctx SpecContext, lab *Lab, at At) (first, second *Flow) {
	GinkgoHelper()
	By("X and X2 each open a flow")
	first = lab.Open(ctx, at(lab, "X:39100"), at(lab, "Y1:7000"), true)
	second = lab.Open(ctx, at(lab, "X2:39100"), at(lab, "Y1:7000"), true)
	return first, second
}

// BasicExhaust declares the spec of a pool whose addresses are all bound.
func BasicExhaust(lab *Lab, at At, requirement string) {
	It("with two addresses a third host gets nothing through, and the two keep theirs", Requirement(requirement),
		func(ctx SpecContext) {
			first, second := bothBound(ctx, lab, at)

			By("X3 sends")
			Expect(first.Y.HearsBeside(ctx, "X", at(lab, "X3:39100").To(first.Y.Addr()))).NotTo(BeHeard(),
				"no address is left, and none may be held by two hosts")
			By("Y1:7000 sends in both flows")
			Expect(first.Probe(ctx)).To(BeHeard())
			Expect(second.Probe(ctx)).To(BeHeard())
		})
}

// Unbinding declares the specs of when an address is free for another host.
func Unbinding(lab *Lab, at At, requirement string) {
	third := func(ctx SpecContext, y *Endpoint) Heard {
		GinkgoHelper()
		return y.HearsBeside(ctx, "X", at(lab, "X3:39200").To(y.Addr()))
	}
	const overbooked = "a third host finds an address (rfc3022.basic-exhaust)"
	It("an address whose host has no session left is another host's", Requirement(requirement),
		func(ctx SpecContext) {
			first, second := bothBound(ctx, lab, at)
			lab.PremiseSilence(third(ctx, first.Y), overbooked)

			By("twelve seconds pass, in which X opens another flow, and then X3 sends")
			lab.Idle(ctx, 8*time.Second)
			later := lab.Open(ctx, at(lab, "X:39101"), first.Y, true)
			lab.Idle(ctx, 4*time.Second)
			lab.PremiseSilence(second.X.HearsBeside(ctx, "X", second.Y.To(second.Mapping)),
				"mappings outlive the timer that was chosen (rfc4787.req-5b)")
			heard := third(ctx, first.Y)
			Expect(heard).To(BeHeard(), "the address of X2 is free")
			Expect(heard.Source().Addr()).To(Be(second.Mapping.Addr()), "it is the only one that is")

			By("Y1:7000 answers X3, and sends in the flow of X")
			Expect(at(lab, "X3:39200").HearsBeside(ctx, "X", first.Y.To(heard.Source()))).To(BeHeard())
			Expect(later.Probe(ctx)).To(BeHeard(), "who uses an address must keep it")

			By("X2, which has no address now, sends in its flow of before, and Y1:7000 to where that was")
			Expect(second.Y.HearsBeside(ctx, "X", second.X.To(second.Y.Addr()))).NotTo(BeHeard(),
				"its address is another host's, and none is free")
			Expect(second.X.HearsBeside(ctx, "X", second.Y.To(second.Mapping))).NotTo(BeHeard(),
				"what comes to the address is for the host that has it")
		})

	DescribeTable("an address whose host has a session left is nobody else's,", Requirement(requirement),
		func(ctx SpecContext, last At) {
			first, _ := bothBound(ctx, lab, at)
			lab.PremiseSilence(third(ctx, first.Y), overbooked)

			By("eight seconds pass, and X and X2 each open another flow")
			lab.Idle(ctx, 8*time.Second)
			lab.Open(ctx, at(lab, "X:39101"), first.Y, true)
			left := lab.Open(ctx, last(lab, "X2:39101"), last(lab, "Y1:7000"), true)

			By("four seconds pass, so that the first flows are over, and X3 sends")
			lab.Idle(ctx, 4*time.Second)
			Expect(third(ctx, first.Y)).NotTo(BeHeard())
			Expect(left.Probe(ctx)).To(BeHeard(), "what is left must live on")
		},
		Entry("of UDP", At((*Lab).UDP)), Entry("of TCP", At((*Lab).TCP)), Entry("of ICMP", At((*Lab).Echo)),
	)
}

// Switchover declares the spec that the last hosts share the last address, in a lab with
// SwitchoverPolicy.
func Switchover(lab *Lab, at At, requirement string) {
	It("the first host has an address for itself, and two later ones share the last", Requirement(requirement),
		func(ctx SpecContext) {
			y := at(lab, "Y1:7000")
			By("X, X2 and X3 each send from one port, and are answered")
			alone := at(lab, "X:39300").SeenByEach(ctx, y)
			shared := at(lab, "X2:39300").SeenByEach(ctx, y)
			x3, y2 := at(lab, "X3:39300"), at(lab, "Y2:7000")
			last := y2.HearsBeside(ctx, "X", x3.To(y2.Addr()))
			Expect(last).To(BeHeard(), "the last address is for all who come last")
			shared = append(shared, last.Sightings(x3, y2)...)
			for _, s := range append(alone, shared...) {
				Expect(s.X.HearsBeside(ctx, "X", s.Y.To(s.Source))).To(BeHeard())
			}
			Expect(append(alone, shared[0])).To(ShareNoAddress())
			Expect(shared[1].Source.Addr()).To(Be(shared[0].Source.Addr()), "X2 and X3 share the last address")

			By("X sends from another port")
			Expect(at(lab, "X:39301").SeenBy(ctx, y).Addr()).To(Be(alone[0].Source.Addr()), "it has one for itself")
		})
}
