package hosts

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/topology/packet"
)

// What a program may bind is its host's to decide. What it has bound is reached through
// the NAT, and what it may not bind is not.
var _ = Describe("Hosts, binding a port:", func() {
	lab := NewLab(Setup{Sockets: true, Policy: Policy{Forwards: []Forward{
		way(packet.TCP, 80, "X", 80), way(packet.TCP, 8080, "X", 8080), way(packet.UDP, 80, "X", 80),
	}}})

	DescribeTable("a second program is refused a port, and the first one serves on,", Requirement("hosts.in-use"),
		func(ctx SpecContext, protocol packet.Protocol) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			first := opened(x, protocol, 80)

			By("another program wants port 80")
			Expect(x.Socket(protocol).Bind(80)).To(HaveFailed("EADDRINUSE"))
			asks(ctx, y.Socket(protocol), door(80), first, protocol)
		},
		Entry("with TCP", packet.TCP),
		Entry("with UDP", packet.UDP),
	)

	// socket(7): "For AF_INET sockets this means that a socket may bind, except when there
	// is an active listening socket bound to the address."
	It("SO_REUSEADDR lets a server begin again while an old connection is in TIME-WAIT",
		Requirement("hosts.reuseaddr"), func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			server := func() *Socket {
				s := x.TCP()
				s.Set(SO_REUSEADDR, 1)
				Expect(s.Bind(80)).To(HaveWorked())
				s.Listen()
				return s
			}
			listener := server()
			c := lab.Connection(ctx, y, listener, door(80))

			By("the server closes first, and ends")
			c.Server.Close()
			c.Client.Receive(ctx)
			c.Client.Close()
			listener.Close()

			By("it begins again, without the option and with it")
			Expect(x.TCP().Bind(80)).To(HaveFailed("EADDRINUSE"), "the port waits for late segments")
			asks(ctx, y.TCP(), door(80), server(), packet.TCP)
		})

	// socket(7): "Permits multiple AF_INET or AF_INET6 sockets to be bound to an identical
	// socket address."
	It("SO_REUSEPORT lets two programs share a port, and each connection has one of them",
		Requirement("hosts.reuseport"), func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			var listeners []*Socket
			for range 2 {
				s := x.TCP()
				s.Set(SO_REUSEPORT, 1)
				Expect(s.Bind(80)).To(HaveWorked())
				s.Listen()
				listeners = append(listeners, s)
			}

			By("Y1 connects eight times")
			const connections = 8
			for range connections {
				Expect(y.TCP().Connect(ctx, door(80))).To(HaveWorked())
			}
			served := 0
			for _, s := range listeners {
				for s.Quiet(ctx).Worked() {
					served++
				}
			}
			Expect(served).To(Be(connections), "each connection is accepted once")
		})

	// ip(7): "The port numbers below 1024 are called privileged ports. Only a privileged
	// process may bind to them."
	It("a program without privilege serves at 8080, and not at 80", Requirement("hosts.privileged"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)

			By("it wants port 80, and then 8080")
			Expect(x.TCP().BindUnprivileged(80)).To(HaveFailed("EACCES"))
			Expect(y.TCP().Connect(ctx, door(80))).To(HaveFailed("ECONNREFUSED"), "nobody is behind the forward")
			server := x.TCP()
			Expect(server.BindUnprivileged(8080)).To(HaveWorked())
			server.Listen()
			asks(ctx, y.TCP(), door(8080), server, packet.TCP)
		})
})

// ip(7) and Documentation/networking/ip-sysctl: ip_local_port_range "Defines the local
// port range that is used by TCP and UDP to choose the local port."
var _ = Describe("Hosts, ports that the host chooses:", func() {
	lab := NewLab(Setup{Sockets: true})

	DescribeTable("a client that has bound nothing gets a port of the host's range, and is answered at it,",
		Requirement("hosts.ephemeral"), func(ctx SpecContext, protocol packet.Protocol) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			const first, last = 50000, 50999
			x.Sysctl("net/ipv4/ip_local_port_range", fmt.Sprintf("%d %d", first, last))
			client := x.Socket(protocol)
			asks(ctx, client, y.At(7), opened(y, protocol, 7), protocol)
			Expect(client.Local().Port()).To(And(BeNumerically(">=", first), BeNumerically("<=", last)))
		},
		Entry("with TCP", packet.TCP),
		Entry("with UDP", packet.UDP),
	)

	It("clients of two hosts that have chosen the same port both reach one server", Requirement("hosts.ephemeral-same"),
		func(ctx SpecContext) {
			x, x2, y := lab.Machine("X"), lab.Machine("X2"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			lab.Control(ctx, x2, y)
			server := y.Listener(80)

			By("each host has one port to choose from")
			var clients []*Socket
			for _, m := range []*Machine{x, x2} {
				m.Sysctl("net/ipv4/ip_local_port_range", "50000 50000")
				clients = append(clients, m.TCP())
			}
			var speakers []*Socket
			for _, client := range clients {
				Expect(client.Connect(ctx, y.At(80))).To(HaveWorked())
				Expect(client.Local().Port()).To(Be(uint16(50000)))
				accepted := server.Accept(ctx)
				Expect(accepted).To(HaveWorked())
				speakers = append(speakers, accepted.Socket)
			}

			By("each asks and is answered, when both are connected")
			for i, host := range []*Machine{x, x2} {
				clients[i].Send(ctx, []byte("of "+host.String()))
				Expect(speakers[i].Receive(ctx)).To(HaveReceived("of " + host.String()))
				speakers[i].Send(ctx, []byte("for "+host.String()))
				Expect(clients[i].Receive(ctx)).To(HaveReceived("for " + host.String()))
			}
		})
})
