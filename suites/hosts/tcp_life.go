package hosts

import (
	"bytes"
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
)

// established is a connection of X with port 80 of Y1.
func established(ctx context.Context, lab *Lab) Connection {
	GinkgoHelper()
	x, y := lab.Machine("X"), lab.Machine("Y1")
	lab.Control(ctx, x, y)
	return lab.Connection(ctx, x, y.Listener(80), y.At(80))
}

// Established connections, by the calls read, write, shutdown and close.
var _ = Describe("Hosts, the life of a connection of TCP:", func() {
	lab := NewLab(Setup{Sockets: true})

	// RFC 9293, Section 3.8: data is acknowledged, and what is not is sent again.
	It("60 kB arrive whole each way, and are acknowledged", Requirement("hosts.tcp-data"),
		func(ctx SpecContext) {
			c := established(ctx, lab)
			data := bytes.Repeat([]byte("0123456789"), 6000)
			for _, pair := range [][2]*Socket{{c.Client, c.Server}, {c.Server, c.Client}} {
				Expect(pair[0].Send(ctx, data)).To(HaveWorked())
				Expect(pair[1].ReceiveAll(ctx, len(data))).To(HaveReceived(string(data)))
				lab.Await(ctx, func() bool { return pair[0].Acknowledged() })
				Expect(pair[0].Unacknowledged()).To(Be(0))
			}
		})

	// RFC 9293, Section 3.6: "CLOSE is an operation meaning 'I have no more data to send.'"
	It("one end that has shut down still receives", Requirement("hosts.tcp-half-close"), func(ctx SpecContext) {
		c := established(ctx, lab)
		By("the client says that it sends nothing more")
		Expect(c.Client.Shutdown()).To(HaveWorked())
		Expect(c.Server.Receive(ctx)).To(HaveReceived(""), "the server reads the end")

		By("the server answers")
		c.Server.Send(ctx, []byte(answer))
		Expect(c.Client.Receive(ctx)).To(HaveReceived(answer))
	})

	// RFC 9293, Section 3.6, Figure 12.
	It("a connection is closed by four segments, on both sides of the NAT", Requirement("hosts.tcp-close"),
		func(ctx SpecContext) {
			c := established(ctx, lab)
			since := len(lab.Traffic())
			By("the client closes, and the server when it knows")
			c.Client.Shutdown()
			Expect(c.Server.Receive(ctx)).To(HaveReceived(""))
			Expect(c.Client.Reaches(ctx, FINWait2)).To(Be(FINWait2), "its FIN is acknowledged")
			c.Server.Close()
			Expect(c.Client.Receive(ctx)).To(HaveReceived(""))
			passes(ctx, lab, since, "X FIN-ACK", "Y ACK", "Y FIN-ACK", "X ACK")
		})

	// RFC 9293, Section 3.10.4: a program that closes with data unread sends a RST (RFC
	// 1122, Section 4.2.2.13).
	It("a RST tells the other program that its connection is gone", Requirement("hosts.tcp-reset"),
		func(ctx SpecContext) {
			c := established(ctx, lab)
			By("the client writes, and the server closes without having read it")
			c.Client.Send(ctx, []byte(question))
			lab.Await(ctx, c.Client.Acknowledged)
			c.Server.Close()
			Expect(c.Client.Receive(ctx)).To(HaveFailed("ECONNRESET"))
		})

	// RFC 9293, Section 3.6.1: a SYN may begin a new connection out of TIME-WAIT.
	It("a port is used again while the other end is in TIME-WAIT", Requirement("hosts.tcp-time-wait"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			listener := y.Listener(80)
			from := func() *Socket {
				s := x.TCP()
				s.Set(SO_REUSEADDR, 1)
				s.Bind(40000)
				return s
			}
			first := from()
			lab.PremiseWorked(first.Connect(ctx, y.At(80)))

			By("the server closes first, and so waits")
			lab.PremiseWorked(listener.Accept(ctx)).Socket.Close()
			lab.PremiseWorked(first.Receive(ctx))
			first.Shutdown()
			first.Reaches(ctx, Closed)
			first.Close()
			Expect(y.TCP().Bind(80)).To(HaveFailed("EADDRINUSE"))

			By("the client connects from the same port")
			second := from()
			Expect(second.Connect(ctx, y.At(80))).To(HaveWorked())
			second.Send(ctx, []byte(question))
			Expect(listener.Accept(ctx).Socket.Receive(ctx)).To(HaveReceived(question))
		})

	// tcp(7), TCP_USER_TIMEOUT: "the maximum amount of time in milliseconds that
	// transmitted data may remain unacknowledged".
	It("a peer that has vanished is noticed by the lack of its acknowledgments", Requirement("hosts.tcp-vanished"),
		func(ctx SpecContext) {
			c := established(ctx, lab)
			By("the server hears nothing any more, and says nothing")
			c.Server.Deafen()
			c.Client.Set(TCP_USER_TIMEOUT, int((50 * time.Millisecond).Milliseconds()))
			c.Client.Send(ctx, []byte(question))
			Expect(c.Client.Receive(ctx)).To(HaveFailed("ETIMEDOUT"), "neither the NAT nor anybody else answers for it")
		})
})

// RFC 9293, Section 3.8.4, and RFC 5382, Section 5.
var _ = Describe("Hosts, an idle connection of TCP:", func() {
	const lifetime = 20 * time.Second
	lab := NewLab(Setup{Sockets: true, Policy: Policy{TCPEstablished: lifetime}})

	It("lives beyond the NAT's timer with SO_KEEPALIVE", Requirement("hosts.tcp-keepalive"), func(ctx SpecContext) {
		c := established(ctx, lab)
		By("the client's kernel asks every second whether the server is there")
		c.Client.Set(TCP_KEEPIDLE, 1)
		c.Client.Set(TCP_KEEPINTVL, 1)
		c.Client.Set(SO_KEEPALIVE, 1)
		since := len(lab.Traffic())
		lab.Idle(ctx, lifetime*3/5)
		lab.Await(ctx, func() bool { return len(lab.Segments(true, since, 80)) > 1 })
		lab.Idle(ctx, lifetime*3/5)

		By("the server writes")
		c.Server.Send(ctx, []byte(answer))
		Expect(c.Client.Receive(ctx)).To(HaveReceived(answer))
	})

	It("is not reached any more after the NAT's timer without", Requirement("hosts.tcp-idle"), func(ctx SpecContext) {
		c := established(ctx, lab)
		lab.Idle(ctx, lifetime+2*time.Second)

		By("the server writes")
		c.Server.Send(ctx, []byte(answer))
		lab.Control(ctx, lab.Machine("X"), lab.Machine("Y1"))
		Expect(c.Client.Quiet(ctx)).To(HaveFailed(Waiting), "the NAT has forgotten whom it is for")
	})
})
