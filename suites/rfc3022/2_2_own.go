package rfc3022

import (
	"context"
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// What programs say, so that each is known by it.
const (
	ofX, ofNAT = "of the program on X", "of the program on the NAT"
	toX, toNAT = "for the program on X", "for the program on the NAT"
)

// ownPort is where the programs on the NAT are reached.
const ownPort = 8022

// RFC 3022, Section 2.2: "sessions originated by the NAPT router itself" are told apart
// from those of hosts, and an unmatched session from outside is for the router. Here the
// NAT shares its address with programs on its own node.
var _ = Describe("RFC 3022 2.2, sessions of the NAT itself:", func() {
	lab := NewLab(Setup{Sockets: true, Policy: Policy{Translation: Translation{OwnPort: ownPort}}})

	// order is who sends first, a host inside or the NAT.
	order := []TableEntry{Entry("the host inside first", true), Entry("the NAT first", false)}

	DescribeTable("datagrams of the NAT and of a host, from one port to one server, are answered each by itself,",
		Requirement("rfc3022.napt-own-traffic"), func(ctx SpecContext, hostFirst bool) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			host, own, server := x.UDP(40000), lab.NAT().UDP(40000), y.UDP(7)
			sends := func(from *Socket, text string) netip.AddrPort {
				GinkgoHelper()
				from.SendTo(ctx, []byte(text), y.At(7))
				heard := server.Receive(ctx)
				Expect(heard).To(HaveReceived(text))
				return heard.From
			}

			By("X and a program on the NAT send from port 40000 to Y1:7")
			var ofHost, ofOwn netip.AddrPort
			if hostFirst {
				ofHost = sends(host, ofX)
			}
			ofOwn = sends(own, ofNAT)
			if !hostFirst {
				ofHost = sends(host, ofX)
			}
			Expect(ofHost.Addr()).To(BeOneOf(lab.External...))
			Expect(ofOwn).NotTo(Be(ofHost), "the two must be told apart outside")

			By("Y1 answers both")
			server.SendTo(ctx, []byte(toNAT), ofOwn)
			server.SendTo(ctx, []byte(toX), ofHost)
			Expect(own.Receive(ctx)).To(HaveReceived(toNAT))
			Expect(host.Receive(ctx)).To(HaveReceived(toX))
		}, order)

	DescribeTable("connections of the NAT and of a host, from one port to one server, carry each its own data,",
		Requirement("rfc3022.napt-own-traffic"), func(ctx SpecContext, hostFirst bool) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			listener := y.Listener(80)

			By("X and a program on the NAT connect from port 40001 to Y1:80")
			machines := []*Machine{x, lab.NAT()}
			if !hostFirst {
				machines[0], machines[1] = machines[1], machines[0]
			}
			var clients, servers []*Socket
			for _, m := range machines {
				client, server := connected(ctx, m, listener, y.At(80))
				clients, servers = append(clients, client), append(servers, server)
			}

			By("each sends, and is answered")
			for i, m := range machines {
				clients[i].Send(ctx, []byte("of "+m.String()))
				Expect(servers[i].Receive(ctx)).To(HaveReceived("of " + m.String()))
				servers[i].Send(ctx, []byte("for "+m.String()))
				Expect(clients[i].Receive(ctx)).To(HaveReceived("for " + m.String()))
			}
		}, order)

	It("a datagram for a service of the NAT reaches it, and not a host that uses the same port",
		Requirement("rfc3022.napt-own-traffic"), func(ctx SpecContext) {
			x, y, y2 := lab.Machine("X"), lab.Machine("Y1"), lab.Machine("Y2")
			lab.Control(ctx, x, y)
			service, client, server := lab.NAT().UDP(ownPort), y.UDP(5000), y2.UDP(7)
			host := x.UDP(ownPort)
			host.SendTo(ctx, []byte(ofX), y2.At(7))
			Expect(server.Receive(ctx)).To(HaveReceived(ofX))

			By("Y1 sends to the port of the NAT's service, which X has used toward Y2")
			client.SendTo(ctx, []byte(toNAT), lab.NAT().At(ownPort))
			heard := service.Receive(ctx)
			Expect(heard).To(HaveReceived(toNAT))
			Expect(heard.From).To(Be(y.At(5000)))
			service.SendTo(ctx, []byte(ofNAT), heard.From)
			answered := client.Receive(ctx)
			Expect(answered).To(HaveReceived(ofNAT))
			Expect(answered.From).To(Be(lab.NAT().At(ownPort)))
		})

	It("a connection to a service of the NAT reaches it", Requirement("rfc3022.napt-own-traffic"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			service, client := lab.NAT().Listener(ownPort), y.TCP()

			By("Y1 connects to the port of the NAT's service")
			Expect(client.Connect(ctx, lab.NAT().At(ownPort))).To(HaveWorked())
			accepted := service.Accept(ctx)
			Expect(accepted).To(HaveWorked())
			client.Send(ctx, []byte(toNAT))
			Expect(accepted.Socket.Receive(ctx)).To(HaveReceived(toNAT))
		})
})

// connected connects from port 40001 of a machine, and accepts that.
func connected(ctx context.Context, m *Machine, listener *Socket, to netip.AddrPort) (client, server *Socket) {
	GinkgoHelper()
	client = m.TCP()
	Expect(client.Bind(40001)).To(HaveWorked())
	Expect(client.Connect(ctx, to)).To(HaveWorked())
	accepted := listener.Accept(ctx)
	Expect(accepted).To(HaveWorked())
	return client, accepted.Socket
}
