package hosts

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/quic-go/quic-go"

	. "github.com/natproof/natproof/suites/lab"
)

// A call is a session of QUIC between two machines, with one stream. The server answers
// each question.
type call struct {
	session        *quic.Conn // of the server
	client, server *quic.Stream
	port           uint16 // the client's own
}

// peer is where the server sends to.
func (c *call) peer() netip.AddrPort { return c.session.RemoteAddr().(*net.UDPAddr).AddrPort() }

// patient ends no session for silence. By default the library does so after 30 seconds, which
// a clock of a NAT alone does not reach, and the real one does.
var patient = &quic.Config{MaxIdleTimeout: 10 * time.Minute}

// goesOn has the client write and the server answer.
func (c *call) goesOn(ctx context.Context, x, y *Machine) {
	GinkgoHelper()
	writes(ctx, x, c.client, question)
	Expect(reads(ctx, y, c.server, question)).To(HaveReceived(question))
	writes(ctx, y, c.server, answer)
	Expect(reads(ctx, x, c.client, answer)).To(HaveReceived(answer))
}

// calls opens a session from X to port 443 of Y1.
func calls(ctx context.Context, x, y *Machine) *call {
	GinkgoHelper()
	own, trusted := certificate(y.Addr())
	far := &quic.Transport{Conn: y.ListenPacket(ctx, 443)}
	socket := x.ListenPacket(ctx, 0)
	near := &quic.Transport{Conn: socket}
	DeferCleanup(func() { _, _ = near.Close(), far.Close() })
	const protocol = "natproof"
	serving := &tls.Config{
		Certificates: []tls.Certificate{own}, NextProtos: []string{protocol}, MinVersion: tls.VersionTLS13,
	}
	listener, err := far.Listen(serving, patient)
	Expect(err).NotTo(HaveOccurred())
	c := &call{port: uint16(socket.LocalAddr().(*net.UDPAddr).Port)}
	accepted := make(chan *quic.Stream, 1)
	y.Serve(func() {
		session, err := listener.Accept(context.Background())
		if err != nil {
			return
		}
		if stream, err := session.AcceptStream(context.Background()); err == nil {
			c.session = session
			accepted <- stream
		}
	})
	Expect(x.Call(ctx, "open a session of QUIC", func(ctx context.Context) (string, error) {
		conn, err := near.Dial(ctx, net.UDPAddrFromAddrPort(y.At(443)),
			&tls.Config{RootCAs: trusted, NextProtos: []string{protocol}, MinVersion: tls.VersionTLS13}, patient)
		if err != nil {
			return "", err
		}
		if c.client, err = conn.OpenStream(); err != nil {
			return "", err
		}
		_, err = io.WriteString(c.client, question)
		return "", err
	})).To(HaveWorked())
	var returned Returned
	c.server, returned = awaits(ctx, y, "accept the session", accepted)
	Expect(returned).To(HaveWorked())
	Expect(reads(ctx, y, c.server, question)).To(HaveReceived(question))
	return c
}

// delay is longer than an acknowledgment is held back (RFC 9000, Section 13.2.1: 25 ms).
const delay = 60 * time.Millisecond

// reads reads as much of a stream as is awaited, of which the summary is returned.
func reads(ctx context.Context, m *Machine, stream *quic.Stream, awaited string) Returned {
	return m.Call(ctx, "read of the stream", func(ctx context.Context) (string, error) {
		if deadline, ok := ctx.Deadline(); ok {
			_ = stream.SetReadDeadline(deadline)
		}
		data := make([]byte, len(awaited))
		n, err := io.ReadFull(stream, data)
		return summary(string(data[:n])), err
	})
}

// writes writes to a stream.
func writes(ctx context.Context, m *Machine, stream *quic.Stream, text string) {
	GinkgoHelper()
	Expect(m.Call(ctx, "write to the stream", func(context.Context) (string, error) {
		_, err := io.WriteString(stream, text)
		return "", err
	})).To(HaveWorked())
}

// RFC 9000, Section 5: "A QUIC connection is shared state between a client and a server."
// A NAT sees no more of it than the UDP that carries it.
var _ = Describe("Hosts, a session of QUIC:", func() {
	lab := NewLab(Setup{Sockets: true})

	It("is opened, and carries a stream each way", Requirement("hosts.quic"), func(ctx SpecContext) {
		x, y := lab.Machine("X"), lab.Machine("Y1")
		lab.Control(ctx, x, y)
		c := calls(ctx, x, y)
		writes(ctx, y, c.server, answer)
		Expect(reads(ctx, x, c.client, answer)).To(HaveReceived(answer))
	})

	It("carries a megabyte each way", Requirement("hosts.quic"), func(ctx SpecContext) {
		x, y := lab.Machine("X"), lab.Machine("Y1")
		lab.Control(ctx, x, y)
		c := calls(ctx, x, y)
		for _, way := range []struct {
			from, to *Machine
			out, in  *quic.Stream
		}{{x, y, c.client, c.server}, {y, x, c.server, c.client}} {
			way.from.Serve(func() { _, _ = io.WriteString(way.out, megabyte) })
			Expect(reads(ctx, way.to, way.in, megabyte)).To(HaveReceived(summary(megabyte)))
		}
	})
})

// RFC 9000, Section 10.1.2: "An endpoint that sends packets close to the effective timeout
// risks having them be discarded at the peer", and a NAT's timer may be shorter still.
var _ = Describe("Hosts, QUIC:", func() {
	const lifetime = 30 * time.Second
	lab := NewLab(Setup{Sockets: true, Policy: Policy{UDPTimeout: lifetime}})

	// The library's own keep-alives would come again at their real time, and open the way for
	// what is late. So the client's program asks instead.
	It("a session lives beyond the NAT's timer by what the client sends", Requirement("hosts.quic-keepalive"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			c := calls(ctx, x, y)
			lab.Rest(ctx, delay)
			lab.Idle(ctx, lifetime*3/5)

			By("the client asks whether the server is there, and time passes again")
			writes(ctx, x, c.client, question)
			Expect(reads(ctx, y, c.server, question)).To(HaveReceived(question))
			lab.Rest(ctx, delay)
			lab.Idle(ctx, lifetime*3/5)
			writes(ctx, y, c.server, answer)
			Expect(reads(ctx, x, c.client, answer)).To(HaveReceived(answer))
		})

	It("a session hears nothing after the NAT's timer without", Requirement("hosts.quic-idle"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			c := calls(ctx, x, y)
			lab.Rest(ctx, delay)
			lab.Idle(ctx, lifetime+2*time.Second)
			writes(ctx, y, c.server, answer)
			lab.Control(ctx, x, y)
			soon, cancel := lab.Soon(ctx)
			defer cancel()
			Expect(reads(soon, x, c.client, answer)).To(HaveFailed(Waiting))
		})
})

// RFC 9000, Section 9: "The use of a connection ID allows connections to survive changes to
// endpoint addresses (IP address and port), such as those caused by an endpoint migrating
// to a new network", or by a NAT that has rebound.
var _ = Describe("Hosts, QUIC across a rebinding:", func() {
	lab := NewLab(Setup{Sockets: true, Later: []Policy{{}}})

	It("a session goes on from another address of the NAT", Requirement("hosts.quic-rebinding"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			c := calls(ctx, x, y)

			By("the NAT's address becomes another, and the client goes on")
			now := lab.Renumber(ctx, Policy{})
			c.goesOn(ctx, x, y)
			lab.Await(ctx, func() bool { return c.peer().Addr() == now })
			Expect(c.peer().Addr()).To(Be(now), "the server has followed")
		})
})

// RFC 9000, Section 9.3: "Receiving a packet from a new peer address containing a non-probing
// frame indicates that the peer has migrated to that address." A NAT that has forgotten a
// session gives it another port where somebody has its own meanwhile.
var _ = Describe("Hosts, QUIC across a rebinding of the port:", func() {
	const lifetime = 30 * time.Second
	lab := NewLab(Setup{Sockets: true, Policy: Policy{UDPTimeout: lifetime}})

	It("a session goes on from another port of the NAT", Requirement("hosts.quic-rebinding-port"),
		func(ctx SpecContext) {
			x, x2, y := lab.Machine("X"), lab.Machine("X2"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			lab.Control(ctx, x2, y)
			c := calls(ctx, x, y)
			before := c.peer()
			lab.Rest(ctx, delay)
			lab.Idle(ctx, lifetime+2*time.Second)

			By("the NAT has forgotten the session, and another host sends from the client's port")
			x2.UDP(c.port).SendTo(ctx, []byte(question), y.At(443))
			By("the client goes on")
			c.goesOn(ctx, x, y)
			lab.Await(ctx, func() bool { return c.peer() != before })
			if c.peer() == before {
				lab.Inconclusive("the NAT has given the session the port that it had")
			}
			Expect(c.peer().Addr()).To(Be(before.Addr()), "the port alone is another")
		})
})
