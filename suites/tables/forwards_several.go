package tables

import (
	"fmt"
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// ServersPolicy forwards four endpoints of a protocol, of two addresses, to three
// servers, and one of another protocol. One port stays the same, two of them are the same
// inside, two outside, and one is the same of both protocols.
func ServersPolicy(protocol, another string) Policy {
	forward := func(addr netip.Addr, port uint16, host string, inside uint16) Forward {
		return Forward{
			Protocol: protocol,
			External: netip.AddrPortFrom(addr, port), Inside: netip.AddrPortFrom(Addr(host), inside),
		}
	}
	beside := forward(Pool()[0], 80, "X3", 80)
	beside.Protocol = another
	return Policy{Forwards: []Forward{
		forward(Pool()[0], 80, "X", 80), forward(Pool()[0], 8080, "X2", 80),
		forward(Pool()[0], 2222, "X3", 22), forward(Pool()[1], 80, "X2", 8000), beside,
	}}
}

// Servers declares the spec that several servers are told apart, in a lab with
// ServersPolicy.
func Servers(lab *Lab, at, another At, requirement string) {
	servers := []string{"X:80", "X2:80", "X3:22", "X2:8000", "X3:80"}
	It("each registered endpoint leads to its server, whose answers come from there", Requirement(requirement),
		func(ctx SpecContext) {
			for i, forward := range ServersPolicy("", "").Forwards {
				by := at
				if i == len(servers)-1 {
					by = another
				}
				client, server := by(lab, "Y1:50000"), by(lab, servers[i])
				By(fmt.Sprintf("Y1:50000 sends to %s, and %s answers", forward.External, server))
				heard := server.Hears(ctx, client.To(forward.External))
				if i == 0 {
					lab.Premise(heard, NoForward)
				}
				Expect(heard).To(BeHeard())
				Expect(client.Hears(ctx, server.To(client.Addr()))).To(BeHeardFrom(forward.External))
			}
		})
}

// ServersOwn declares the spec that each of several servers begins sessions from its own
// registered endpoint, in a lab with ServersPolicy.
func ServersOwn(lab *Lab, at At, requirement string) {
	It("sessions of each of several hosts use its own registered endpoint", Requirement(requirement),
		func(ctx SpecContext) {
			y := at(lab, "Y2:7")
			for i, forward := range ServersPolicy("", "").Forwards[:4] {
				server := at(lab, []string{"X:80", "X2:80", "X3:22", "X2:8000"}[i])
				By(server.String() + " sends to Y2:7, which has never sent to it")
				Expect(y.Hears(ctx, server.To(y.Addr()))).To(BeHeardFrom(forward.External))
			}
		})
}

// Clients declares the spec that a forward's clients are told apart, in a lab with
// ForwardPolicy.
func Clients(lab *Lab, at At, requirement string) {
	It("the server sees three clients with one port by their own addresses, and each gets its answer",
		Requirement(requirement), func(ctx SpecContext) {
			server := at(lab, "X:80")
			clients := []*Endpoint{at(lab, "Y1:50000"), at(lab, "Y2:50000"), at(lab, "Y3:50000")}

			By("Y1:50000, Y2:50000 and Y3:50000 send to the registered endpoint 8080")
			lab.Premise(server.Hears(ctx, at(lab, "Y4:50000").To(public())), NoForward)
			for _, client := range clients {
				Expect(server.Hears(ctx, client.To(public()))).To(BeHeardFrom(client.Addr()))
			}
			By("X:80 answers each of them, the last one first")
			for i := range clients {
				client := clients[len(clients)-1-i]
				Expect(client.Hears(ctx, server.To(client.Addr()))).To(BeHeardFrom(public()))
			}
		})
}

// IPsecPolicy forwards what IKE and IPsec use behind NATs to the VPN server X.
func IPsecPolicy() Policy {
	var policy Policy
	for _, port := range []uint16{500, 4500} {
		policy.Forwards = append(policy.Forwards, Forward{
			Protocol: "udp", External: netip.AddrPortFrom(Pool()[0], port), Inside: netip.AddrPortFrom(Addr("X"), port),
		})
	}
	return policy
}

// IPsec declares the spec of a VPN server behind the NAT, in a lab with IPsecPolicy.
func IPsec(lab *Lab, requirement string) {
	DescribeTable("a VPN server is reached beside a VPN client that uses the same ports,", Requirement(requirement),
		func(ctx SpecContext, port uint16) {
			server, outside := lab.UDPAt("X", port), netip.AddrPortFrom(Pool()[0], port)
			lab.Premise(server.Hears(ctx, lab.UDP("Y3:61000").To(outside)), NoForward)
			own := lab.Open(ctx, lab.UDPAt("X2", port), lab.UDPAt("Y2", port), true)

			By("a client outside, from either port of IPsec, sends to the server, which answers")
			for _, client := range []*Endpoint{lab.UDP("Y1:500"), lab.UDP("Y1:4500")} {
				Expect(server.Hears(ctx, client.To(outside))).To(BeHeardFrom(client.Addr()))
				Expect(client.Hears(ctx, server.To(client.Addr()))).To(BeHeardFrom(outside))
			}
			By("the peer of the client inside answers to its mapping")
			Expect(own.Probe(ctx)).To(BeHeard(), "each of the two must have its own packets")
		},
		Entry("IKE", uint16(500)), Entry("NAT traversal", uint16(4500)),
	)
}
