package hosts

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/topology/packet"
)

// RFC 768: "Destination Port has a meaning within the context of a particular internet
// destination address." RFC 9293, Section 3.3: "allow for many processes within a single
// host to use TCP communication facilities simultaneously".
var _ = Describe("Hosts, several programs on one host:", func() {
	lab := NewLab(Setup{Sockets: true, Policy: Policy{Forwards: []Forward{
		way(packet.TCP, 8080, "X", 80), way(packet.TCP, 8443, "X", 443),
		way(packet.UDP, 5300, "X", 53), way(packet.UDP, 5301, "X", 54),
	}}})

	It("each listener gets the connections to its port, and no other", Requirement("hosts.demux-tcp"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			first, second := x.Listener(80), x.Listener(443)

			By("Y1 connects to the port that leads to 80, and then to the one that leads to 443")
			Expect(y.TCP().Connect(ctx, door(8080))).To(HaveWorked())
			Expect(first.Accept(ctx)).To(HaveWorked(), "it is for the program at port 80")
			Expect(second.Quiet(ctx)).To(HaveFailed(Waiting), "it is not for the program at port 443")
			Expect(y.TCP().Connect(ctx, door(8443))).To(HaveWorked())
			Expect(second.Accept(ctx)).To(HaveWorked(), "it is for the program at port 443")
			Expect(first.Quiet(ctx)).To(HaveFailed(Waiting), "it is not for the program at port 80")
		})

	It("each socket gets the datagrams to its port, and no other", Requirement("hosts.demux-udp"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			first, second, client := x.UDP(53), x.UDP(54), y.UDP(0)

			By("Y1 sends to both")
			client.SendTo(ctx, []byte("a datagram for 53"), door(5300))
			client.SendTo(ctx, []byte("a datagram for 54"), door(5301))
			Expect(first.Receive(ctx)).To(HaveReceived("a datagram for 53"))
			Expect(second.Receive(ctx)).To(HaveReceived("a datagram for 54"))
			Expect(first.Quiet(ctx)).To(HaveFailed(Waiting), "nothing more is for port 53")
		})

	It("two clients on one host each get their own answer", Requirement("hosts.demux-clients"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			server, first, second := y.UDP(7), x.UDP(40000), x.UDP(40001)

			By("both ask, and Y1 answers the second first")
			first.SendTo(ctx, []byte("the first"), y.At(7))
			one := lab.PremiseWorked(server.Receive(ctx))
			second.SendTo(ctx, []byte("the second"), y.At(7))
			two := lab.PremiseWorked(server.Receive(ctx))
			server.SendTo(ctx, append([]byte("answer to "), two.Data...), two.From)
			server.SendTo(ctx, append([]byte("answer to "), one.Data...), one.From)
			Expect(first.Receive(ctx)).To(HaveReceived("answer to the first"))
			Expect(second.Receive(ctx)).To(HaveReceived("answer to the second"))
		})
})

// RFC 6335, Section 6: a port number may be assigned to a service for one transport
// protocol alone. RFC 3022, Section 2.2, has a tuple for each TCP or UDP port.
var _ = Describe("Hosts, one number of both protocols:", func() {
	lab := NewLab(Setup{Sockets: true, Policy: Policy{Forwards: []Forward{
		way(packet.TCP, 53, "X", 53), way(packet.UDP, 53, "X2", 53),
	}}})

	It("port 53 of TCP and port 53 of UDP are two endpoints", Requirement("hosts.both-protocols"),
		func(ctx SpecContext) {
			x, x2, y := lab.Machine("X"), lab.Machine("X2"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			lab.Control(ctx, x2, y)

			By("Y1 asks at port 53 of either protocol, which lead to two hosts")
			asks(ctx, y.TCP(), door(53), x.Listener(53), packet.TCP)
			asks(ctx, y.Socket(packet.UDP), door(53), x2.UDP(53), packet.UDP)
		})

	It("a host binds one number with both protocols, and each is answered", Requirement("hosts.both-bound"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			stream, datagrams := x.TCP(), x.Socket(packet.UDP)
			Expect(stream.Bind(40000)).To(HaveWorked())
			Expect(datagrams.Bind(40000)).To(HaveWorked())

			By("both ask Y1 at port 7")
			asks(ctx, stream, y.At(7), y.Listener(7), packet.TCP)
			asks(ctx, datagrams, y.At(7), y.UDP(7), packet.UDP)
		})
})
