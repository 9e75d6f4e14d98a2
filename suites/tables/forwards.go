package tables

import (
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// public is the external endpoint that ForwardPolicy directs to X:80.
func public() netip.AddrPort { return netip.AddrPortFrom(Pool()[0], 8080) }

// NoForward is why a spec about a forward cannot be judged where none works.
const NoForward = "the forward lets nothing in (rfc3022.napt-static-port)"

// ForwardPolicy is a port forward of a protocol, "udp" or "tcp".
func ForwardPolicy(protocol string) Policy {
	return Policy{Forwards: []Forward{
		{Protocol: protocol, External: public(), Inside: netip.AddrPortFrom(Addr("X"), 80)},
	}}
}

// ForwardIn declares the spec that a port forward serves the outside, in a lab with
// ForwardPolicy, as the other functions here.
func ForwardIn(lab *Lab, at At, requirement string) {
	It("a session from outside reaches the host inside, and its answer comes from the registered endpoint",
		Requirement(requirement), func(ctx SpecContext) {
			server, client := at(lab, "X:80"), at(lab, "Y1:50000")

			By("Y1:50000 sends to the registered endpoint 8080")
			Expect(server.Hears(ctx, client.To(public()))).To(BeHeardFrom(client.Addr()))

			By("X:80 answers")
			Expect(client.Hears(ctx, server.To(client.Addr()))).To(BeHeardFrom(public()))
		})
}

// ForwardOfFragments declares the spec that a port forward serves datagrams in fragments,
// of which one alone has ports.
func ForwardOfFragments(lab *Lab, at At, requirement string) {
	It("a datagram in fragments reaches the host inside", Requirement(requirement), func(ctx SpecContext) {
		server, client := at(lab, "X:80"), at(lab, "Y1:50000")
		lab.Premise(server.Hears(ctx, at(lab, "Y2:50000").To(public())), NoForward)

		By("Y1:50000 sends a datagram of 4000 bytes to the registered endpoint 8080, in three fragments")
		Expect(server.Hears(ctx, client.To(public()).Size(4000).InFragments(1480))).To(BeHeardFrom(client.Addr()))
	})
}

// ForwardPort declares the spec that no other mapping takes the forward's endpoint.
func ForwardPort(lab *Lab, at At, requirement string) {
	It("a mapping of another host does not take the registered endpoint",
		Requirement(requirement), func(ctx SpecContext) {
			server, client := at(lab, "X:80"), at(lab, "Y1:50000")
			lab.Premise(server.Hears(ctx, at(lab, "Y2:50000").To(public())), NoForward)

			By("X2 sends to the client from the port that is forwarded")
			at(lab, "X2:8080").SeenBy(ctx, client)

			By("the client sends to the registered endpoint 8080")
			Expect(server.Hears(ctx, client.To(public()))).To(BeHeard(),
				"the forward must still lead to X:80, and not to X2:8080")
		})
}

// ForwardOwn declares the spec that what the forward's host sends of its own accord
// uses the forward.
func ForwardOwn(lab *Lab, at At, requirement string) {
	It("sessions of the host's own use the registered endpoint, too",
		Requirement(requirement), func(ctx SpecContext) {
			server, y := at(lab, "X:80"), at(lab, "Y2:7")

			By("X:80 sends to Y2:7, which has never sent to it")
			Expect(y.Hears(ctx, server.To(y.Addr()))).To(BeHeardFrom(public()))
		})
}
