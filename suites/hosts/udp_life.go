package hosts

import (
	"bytes"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/topology/packet"
)

// RFC 768, by the calls bind, sendto, recvfrom and connect.
var _ = Describe("Hosts, datagrams:", func() {
	lab := NewLab(Setup{Sockets: true})

	It("each end learns from recvfrom whom to answer", Requirement("hosts.udp-names"), func(ctx SpecContext) {
		x, y := lab.Machine("X"), lab.Machine("Y1")
		lab.Control(ctx, x, y)
		client, server := x.UDP(40000), y.UDP(7)

		By("X asks, and Y1 answers whom it has heard")
		client.SendTo(ctx, []byte(question), y.At(7))
		heard := server.Receive(ctx)
		Expect(heard).To(HaveReceived(question))
		Expect(heard.From.Addr()).To(BeElementOf(lab.External))
		server.SendTo(ctx, []byte(answer), heard.From)
		answered := client.Receive(ctx)
		Expect(answered).To(HaveReceived(answer))
		Expect(answered.From).To(Be(y.At(7)))
	})

	// POSIX, connect: "For connectionless sockets, if the socket is connected, datagrams
	// are received from that peer alone."
	It("a connected socket hears its peer alone", Requirement("hosts.udp-connected"), func(ctx SpecContext) {
		x, y, y2 := lab.Machine("X"), lab.Machine("Y1"), lab.Machine("Y2")
		lab.Control(ctx, x, y)
		client, server, stranger := x.Socket(packet.UDP), y.UDP(7), y2.UDP(7)
		Expect(client.Connect(ctx, y.At(7))).To(HaveWorked())

		By("Y1 has heard X; Y2 sends to the mapping before Y1 does")
		Expect(client.Send(ctx, []byte(question))).To(HaveWorked())
		heard := server.Receive(ctx)
		Expect(heard).To(HaveReceived(question))
		stranger.SendTo(ctx, []byte("of a stranger"), heard.From)
		server.SendTo(ctx, []byte(answer), heard.From)
		Expect(client.Receive(ctx)).To(HaveReceived(answer))
		Expect(client.Quiet(ctx)).To(HaveFailed(Waiting))
	})

	// RFC 1122, Section 4.1.3.3: an ICMP error is passed to the application. udp(7): "All
	// fatal errors will be passed to the user as an error return even when the socket is
	// not connected" holds for connected ones by default.
	It("a port where nobody listens is told of as ECONNREFUSED", Requirement("hosts.udp-refused"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			client := x.Socket(packet.UDP)
			Expect(client.Connect(ctx, y.At(9))).To(HaveWorked())

			By("X sends, and Y1's kernel answers that the port is unreachable")
			client.Send(ctx, []byte(question))
			Expect(client.Receive(ctx)).To(HaveFailed("ECONNREFUSED"), "the ICMP error must reach the socket")
		})

	It("each sendto is one recvfrom", Requirement("hosts.udp-borders"), func(ctx SpecContext) {
		x, y := lab.Machine("X"), lab.Machine("Y1")
		lab.Control(ctx, x, y)
		client, server := x.UDP(40000), y.UDP(7)

		By("X sends 1, 0, 1400 and 2 bytes")
		sizes := []int{1, 0, 1400, 2}
		for _, size := range sizes {
			Expect(client.SendTo(ctx, bytes.Repeat([]byte("x"), size), y.At(7))).To(HaveWorked())
		}
		for _, size := range sizes {
			Expect(server.Receive(ctx)).To(HaveReceived(string(bytes.Repeat([]byte("x"), size))))
		}
	})

	// RFC 768, and RFC 791, Section 3.1: a packet has at most 65,535 bytes, of which 28 are
	// headers.
	It("the largest datagram is 65,507 bytes, and arrives whole each way", Requirement("hosts.udp-largest"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			client, server := x.UDP(40000), y.UDP(7)
			data := bytes.Repeat([]byte("0123456789"), 6551)
			Expect(client.SendTo(ctx, data[:65508], y.At(7))).To(HaveFailed("EMSGSIZE"))

			By("X sends 65,507 bytes, in fragments, and Y1 sends them back")
			data = data[:65507]
			Expect(client.SendTo(ctx, data, y.At(7))).To(HaveWorked())
			heard := server.Receive(ctx)
			Expect(heard).To(HaveReceived(string(data)))
			Expect(server.SendTo(ctx, data, heard.From)).To(HaveWorked())
			Expect(client.Receive(ctx)).To(HaveReceived(string(data)))
		})
})

// The error about what came by a forward is one from inside (RFC 5508, Section 4.2.2).
var _ = Describe("Hosts, datagrams to a forward:", func() {
	lab := NewLab(Setup{Sockets: true, Policy: Policy{Forwards: []Forward{way(packet.UDP, 9, "X", 9)}}})

	It("a port inside where nobody listens is told of as ECONNREFUSED", Requirement("hosts.udp-refused"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			client := y.Socket(packet.UDP)
			Expect(client.Connect(ctx, door(9))).To(HaveWorked())

			By("Y1 sends, and X's kernel answers that the port is unreachable")
			client.Send(ctx, []byte(question))
			Expect(client.Receive(ctx)).To(HaveFailed("ECONNREFUSED"), "the ICMP error must reach the socket")
		})
})
