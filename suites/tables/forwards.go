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
	It("a datagram in fragments reaches the host inside, and its answer the client", Requirement(requirement),
		func(ctx SpecContext) {
			server, client := at(lab, "X:80"), at(lab, "Y1:50000")
			lab.Premise(server.Hears(ctx, at(lab, "Y2:50000").To(public())), NoForward)

			By("Y1:50000 sends a datagram of 4000 bytes to the registered endpoint 8080, in three fragments")
			Expect(server.Hears(ctx, inThree(client.To(public())))).To(BeHeardFrom(client.Addr()))

			By("X:80 answers with 4000 bytes, in three fragments")
			Expect(client.Hears(ctx, inThree(server.To(client.Addr())))).To(BeHeardFrom(public()))
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

// ForwardAfterOwn declares the spec that a forward serves its clients as before when its host
// has begun sessions itself.
func ForwardAfterOwn(lab *Lab, at At, requirement string) {
	It("it serves strangers also when its host has sent to others, from that port and from another",
		Requirement(requirement), func(ctx SpecContext) {
			server, y := at(lab, "X:80"), at(lab, "Y2:7")
			lab.Premise(server.HearsBeside(ctx, "X2", at(lab, "Y4:50000").To(public())), NoForward)

			By("X sends to Y2:7 from the forwarded port, and from others, where it is answered")
			y.HearsBeside(ctx, "X2", server.To(y.Addr()))
			for _, port := range []uint16{81, 5000} {
				own := at.port(lab, "X", port)
				seen := y.HearsBeside(ctx, "X2", own.To(y.Addr()))
				Expect(seen).To(BeHeard(), "a host may have sessions beside its forward")
				Expect(own.HearsBeside(ctx, "X2", y.To(seen.Source()))).To(BeHeard())
			}
			By("Y1 and Y3 send to the registered endpoint 8080 for the first time, and are answered")
			for _, client := range []*Endpoint{at(lab, "Y1:50000"), at(lab, "Y3:50000")} {
				Expect(server.HearsBeside(ctx, "X2", client.To(public()))).To(BeHeardFrom(client.Addr()))
				Expect(client.HearsBeside(ctx, "X2", server.To(client.Addr()))).To(BeHeardFrom(public()))
			}
		})
}

// ForwardClientPorts declares the spec that a forward serves a client whatever its port is.
func ForwardClientPorts(lab *Lab, at At, requirement string) {
	It("clients of any port are served, also of the forward's own", Requirement(requirement),
		func(ctx SpecContext) {
			server := at(lab, "X:80")
			lab.Premise(server.Hears(ctx, at(lab, "Y4:50000").To(public())), NoForward)
			for _, port := range []uint16{1, 80, 1023, 1024, 8080, 65535} {
				client := at.port(lab, "Y1", port)
				By(client.String() + " sends to the registered endpoint 8080, and is answered")
				Expect(server.Hears(ctx, client.To(public()))).To(BeHeardFrom(client.Addr()))
				Expect(client.Hears(ctx, server.To(client.Addr()))).To(BeHeardFrom(public()))
			}
		})
}
