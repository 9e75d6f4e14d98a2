package hosts

import (
	"context"
	"fmt"
	"hash/crc32"
	"net/netip"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/topology/packet"
)

const (
	question = "a question"
	answer   = "an answer"
)

// megabyte is more than most pages and answers have.
var megabyte = strings.Repeat("0123456789abcdef", 1<<16)

// summary is a text, or its length and checksum where it is too long to be printed.
func summary(text string) string {
	if len(text) < 1000 {
		return text
	}
	return fmt.Sprintf("%d bytes with the CRC-32 %08x", len(text), crc32.ChecksumIEEE([]byte(text)))
}

// opened returns a socket of a server at a port: bound, and with TCP listening.
func opened(m *Machine, protocol packet.Protocol, port uint16) *Socket {
	GinkgoHelper()
	if protocol == packet.TCP {
		return m.Listener(port)
	}
	return m.UDP(port)
}

// asks has a client send a question to an endpoint, and a server hear it and answer.
func asks(ctx context.Context, client *Socket, at netip.AddrPort, server *Socket, protocol packet.Protocol) {
	GinkgoHelper()
	heard, speaker := Returned{}, server
	if protocol == packet.TCP {
		Expect(client.Connect(ctx, at)).To(HaveWorked())
		accepted := server.Accept(ctx)
		Expect(accepted).To(HaveWorked())
		speaker = accepted.Socket
		client.Send(ctx, []byte(question))
		heard = speaker.Receive(ctx)
		Expect(heard).To(HaveReceived(question))
		speaker.Send(ctx, []byte(answer))
	} else {
		client.SendTo(ctx, []byte(question), at)
		heard = speaker.Receive(ctx)
		Expect(heard).To(HaveReceived(question))
		speaker.SendTo(ctx, []byte(answer), heard.From)
	}
	Expect(client.Receive(ctx)).To(HaveReceived(answer))
}

// A way is a forward from the port of the NAT to one of an inside host.
func way(protocol packet.Protocol, outside uint16, host string, inside uint16) Forward {
	name := map[packet.Protocol]string{packet.TCP: "tcp", packet.UDP: "udp"}[protocol]
	return Forward{Protocol: name, External: door(outside), Inside: netip.AddrPortFrom(Addr(host), inside)}
}

// door is the outside endpoint of such a forward.
func door(port uint16) netip.AddrPort { return netip.AddrPortFrom(Pool()[0], port) }

// passes waits until both sides of the NAT have seen segments of port 80 since a packet of
// that number, and wants them to be these and no others.
func passes(ctx context.Context, lab *Lab, since int, segments ...string) {
	GinkgoHelper()
	seen := func(inside bool) []string { return lab.Segments(inside, since, 80) }
	lab.Await(ctx, func() bool { return min(len(seen(true)), len(seen(false))) >= len(segments) })
	for side, inside := range map[string]bool{"inside": true, "outside": false} {
		Expect(strings.Join(seen(inside), ", ")).To(Be(strings.Join(segments, ", ")), side)
	}
}

// awaits has a program wait for what another part of it passes on.
func awaits[T any](ctx context.Context, m *Machine, what string, from <-chan T) (T, Returned) {
	var got T
	returned := m.Call(ctx, what, func(ctx context.Context) (string, error) {
		select {
		case got = <-from:
			text, _ := any(got).(string) // what is no text is in use, and not to be printed
			return text, nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	})
	return got, returned
}
