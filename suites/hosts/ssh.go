package hosts

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"io"
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/crypto/ssh"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/topology/packet"
)

// shell serves SSH at port 22 of a machine. Each command is answered by itself. It returns
// the key by which clients know the server.
func shell(ctx context.Context, m *Machine) ssh.PublicKey {
	GinkgoHelper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	Expect(err).NotTo(HaveOccurred())
	signer, err := ssh.NewSignerFromKey(key)
	Expect(err).NotTo(HaveOccurred())
	config := &ssh.ServerConfig{PasswordCallback: func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) {
		return nil, nil //nolint:nilnil // whoever asks is let in
	}}
	config.AddHostKey(signer)
	listener := m.Listen(ctx, 22)
	m.Serve(func() {
		conn, err := listener.Accept()
		if err != nil {
			return // it is stopped
		}
		defer conn.Close()
		if _, channels, requests, err := ssh.NewServerConn(conn, config); err == nil {
			go ssh.DiscardRequests(requests) // ends with the connection
			for wanted := range channels {
				run(wanted)
			}
		}
	})
	return signer.PublicKey()
}

// run answers the command of one session.
func run(wanted ssh.NewChannel) {
	channel, requests, err := wanted.Accept()
	if err != nil {
		return
	}
	defer channel.Close()
	for request := range requests {
		if request.Type != "exec" {
			_ = request.Reply(false, nil)
			continue
		}
		var command struct{ Text string }
		_ = request.Reply(ssh.Unmarshal(request.Payload, &command) == nil, nil)
		_, _ = io.WriteString(channel, "ran "+command.Text)
		_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{}))
		return
	}
}

// commands logs in at an endpoint and has a command run there.
func commands(ctx context.Context, m *Machine, at netip.AddrPort, key ssh.PublicKey) Returned {
	return m.Call(ctx, "ssh "+at.String()+" uptime", func(ctx context.Context) (string, error) {
		conn, err := m.Dial(ctx, "tcp", at.String())
		if err != nil {
			return "", err
		}
		if deadline, ok := ctx.Deadline(); ok {
			_ = conn.SetDeadline(deadline)
		}
		session, channels, requests, err := ssh.NewClientConn(conn, at.String(), &ssh.ClientConfig{
			User: "student", Auth: []ssh.AuthMethod{ssh.Password("secret")}, HostKeyCallback: ssh.FixedHostKey(key),
		})
		if err != nil {
			return "", err
		}
		client := ssh.NewClient(session, channels, requests)
		defer client.Close()
		one, err := client.NewSession()
		if err != nil {
			return "", err
		}
		output, err := one.Output("uptime")
		return string(output), err
	})
}

// RFC 4253, Section 4.1: the server listens at port 22.
var _ = Describe("Hosts, SSH:", func() {
	lab := NewLab(Setup{Sockets: true, Policy: Policy{Forwards: []Forward{way(packet.TCP, 2222, "X", 22)}}})

	It("a login from inside reaches a server outside", Requirement("hosts.ssh-out"), func(ctx SpecContext) {
		x, y := lab.Machine("X"), lab.Machine("Y1")
		lab.Control(ctx, x, y)
		Expect(commands(ctx, x, y.At(22), shell(ctx, y))).To(HaveReceived("ran uptime"))
	})

	It("a login from outside reaches a server inside, at another port", Requirement("hosts.ssh-in"),
		func(ctx SpecContext) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			Expect(commands(ctx, y, door(2222), shell(ctx, x))).To(HaveReceived("ran uptime"))
		})
})
