package hosts

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// RFC 9293, Section 3.3: "A connection is fully specified by the pair of sockets at the
// ends." A NAT changes one of them for one end, and keeps pairs apart.
var _ = Describe("Hosts, the identity of a socket:", func() {
	lab := NewLab(Setup{Sockets: true})

	It("two connections of one client to one server are two, inside and outside", Requirement("hosts.two-connections"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			server := y.Listener(80)
			lab.Control(ctx, x, y)
			first, second := lab.Connection(ctx, x, server, y.At(80)), lab.Connection(ctx, x, server, y.At(80))
			Expect(first.Client.Local()).NotTo(Be(second.Client.Local()))
			Expect(first.Server.Peer()).NotTo(Be(second.Server.Peer()), "the server tells them apart by the mapping")

			By("the client writes to both, to the second first")
			second.Client.Send(ctx, []byte("second"))
			first.Client.Send(ctx, []byte("first"))
			Expect(first.Server.Receive(ctx)).To(HaveReceived("first"))
			Expect(second.Server.Receive(ctx)).To(HaveReceived("second"))
		})

	It("one port of the client leads to two servers as two connections", Requirement("hosts.one-port-two-servers"),
		func(ctx SpecContext) {
			x, y, y2 := lab.Machine("X"), lab.Machine("Y1"), lab.Machine("Y2")
			lab.Control(ctx, x, y)
			lab.Control(ctx, x, y2)

			By("two sockets of X have port 40000, one to each server")
			var speakers, clients []*Socket
			for _, server := range []*Machine{y, y2} {
				client, listener := x.TCP(), server.Listener(80)
				client.Set(SO_REUSEADDR, 1)
				Expect(client.Bind(40000)).To(HaveWorked())
				Expect(client.Connect(ctx, server.At(80))).To(HaveWorked())
				accepted := listener.Accept(ctx)
				Expect(accepted).To(HaveWorked())
				speakers, clients = append(speakers, accepted.Socket), append(clients, client)
			}

			By("both servers write, when both connections are open")
			for i, server := range []*Machine{y, y2} {
				speakers[i].Send(ctx, []byte("of "+server.String()))
				Expect(clients[i].Receive(ctx)).To(HaveReceived("of " + server.String()))
			}
		})

	// RFC 3022, Section 2.2: the tuple of local address and port is translated to one of
	// the registered address and an assigned port.
	It("the server sees the NAT's address, and the client sees its own", Requirement("hosts.names"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			server := y.Listener(80)
			lab.Control(ctx, x, y)
			c := lab.Connection(ctx, x, server, y.At(80))
			Expect(c.Client.Local().Addr()).To(Be(x.Addr()))
			Expect(c.Client.Peer()).To(Be(y.At(80)))
			Expect(c.Server.Local()).To(Be(y.At(80)))
			Expect(c.Server.Peer().Addr()).To(BeElementOf(lab.External), "the server knows the NAT alone")
		})
})
