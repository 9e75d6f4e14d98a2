package hosts

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/topology/packet"
)

// RFC 9293, Section 3.5. The calls are those of POSIX: socket, bind, listen, connect and
// accept.
var _ = Describe("Hosts, a connection of TCP is opened:", func() {
	lab := NewLab(Setup{Sockets: true})

	It("connect returns after three segments, on both sides of the NAT", Requirement("hosts.tcp-handshake"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			listener := y.Listener(80)

			By("X connects to the listener of Y1")
			Expect(x.TCP().Connect(ctx, y.At(80))).To(HaveWorked())
			Expect(listener.Accept(ctx)).To(HaveWorked())
			passes(ctx, lab, 0, "X SYN", "Y SYN-ACK", "X ACK")
		})

	// RFC 9293, Section 3.5.2: "If the connection does not exist (CLOSED), then a reset is
	// sent in response to any incoming segment except another reset."
	It("connect to a port where nobody listens is refused", Requirement("hosts.tcp-refused"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)

			By("no program of Y1 has port 81")
			Expect(x.TCP().Connect(ctx, y.At(81))).To(HaveFailed("ECONNREFUSED"),
				"the RST of Y1 must reach the program that has called")
		})

	It("connect to a filtered port waits, and nobody answers in its place", Requirement("hosts.tcp-filtered"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			y.Listener(80).Deafen()

			By("X connects to a port of Y1 whose packets a filter drops")
			client := x.TCP()
			Expect(client.Begin(y.At(80))).To(HaveFailed("EINPROGRESS"))
			lab.Control(ctx, x, y)
			Expect(client.State()).To(Be(SYNSent), "neither a RST nor an ICMP error has come")
		})

	// RFC 9293, Section 3.5, Figure 7: both ends send a SYN.
	It("two programs that connect to each other meet", Requirement("hosts.tcp-simultaneous"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			silent := y.Listener(50000)
			silent.Deafen()

			By("X connects to Y1:50000, which does not hear of it")
			here, there := x.TCP(), y.TCP()
			Expect(here.Begin(y.At(50000))).To(HaveFailed("EINPROGRESS"))
			lab.Control(ctx, x, y)
			silent.Close()

			By("Y1 connects from port 50000 to where X is seen")
			there.Bind(50000)
			Expect(there.Begin(lab.SeenToward(y.At(50000)))).To(HaveFailed("EINPROGRESS"))
			Expect(here.Finish(ctx)).To(HaveWorked())
			Expect(there.Finish(ctx)).To(HaveWorked())
			here.Send(ctx, []byte(question))
			Expect(there.Receive(ctx)).To(HaveReceived(question))
		})
})

var _ = Describe("Hosts, TCP from outside without a forward:", func() {
	lab := NewLab(Setup{Sockets: true, Policy: Policy{Silent: true}})

	It("connect from outside waits, although a program listens inside", Requirement("hosts.tcp-unsolicited"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			listener := x.Listener(80)

			By("Y1 connects to port 80 of the NAT")
			client := y.TCP()
			Expect(client.Begin(door(80))).To(HaveFailed("EINPROGRESS"))
			lab.Control(ctx, x, y)
			Expect(client.State()).To(Be(SYNSent), "the NAT does not answer")
			Expect(listener.Quiet(ctx)).To(HaveFailed(Waiting), "nor does it let in whom nobody has asked for")
		})
})

// RFC 9293, Section 3.10.1, and a forward that lets the call in.
var _ = Describe("Hosts, TCP from outside through a forward:", func() {
	lab := NewLab(Setup{Sockets: true, Policy: Policy{Forwards: []Forward{way(packet.TCP, 8080, "X", 80)}}})

	It("a connection is refused where nobody listens inside", Requirement("hosts.tcp-refused"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)

			By("no program of X has port 80")
			Expect(y.TCP().Connect(ctx, door(8080))).To(HaveFailed("ECONNREFUSED"),
				"the RST of X must reach the program that has called")
		})
})
