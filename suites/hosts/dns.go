package hosts

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/net/dns/dnsmessage"

	. "github.com/natproof/natproof/suites/lab"
)

// cutOff begins the names whose answers are too long for a datagram, and wide those with 60
// addresses, whose answers are longer than the 512 bytes of RFC 1035 (RFC 6891, Section 6.2.3).
const cutOff, wide = "long.", "wide."

// knownAddr is the address that every name has.
var knownAddr = netip.MustParseAddr("198.51.100.7")

// resolves returns the answer to a question. Over UDP that may be the advice to ask over
// TCP.
func resolves(question []byte, stream bool) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil {
		return nil, err
	}
	if len(m.Questions) != 1 {
		return nil, fmt.Errorf("%d questions", len(m.Questions))
	}
	q := m.Questions[0]
	m.Response, m.Additionals = true, nil
	switch {
	case !stream && strings.HasPrefix(q.Name.String(), cutOff):
		m.Truncated = true
	case q.Type == dnsmessage.TypeA:
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 60},
			Body:   &dnsmessage.AResource{A: knownAddr.As4()},
		}}
		if strings.HasPrefix(q.Name.String(), wide) {
			m.Answers = slices.Repeat(m.Answers, 60)
		}
	}
	return m.Pack()
}

// nameServer serves DNS at port 53 of a machine, over UDP and TCP.
func nameServer(ctx context.Context, m *Machine) {
	GinkgoHelper()
	packets, listener := m.ListenPacket(ctx, 53), m.Listen(ctx, 53)
	m.Serve(func() {
		for buffer := make([]byte, 1<<16); ; {
			n, from, err := packets.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			if reply, err := resolves(buffer[:n], false); err == nil {
				_, _ = packets.WriteToUDPAddrPort(reply, from)
			}
		}
	})
	m.Serve(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serveStream(conn)
		}
	})
}

// serveStream answers one question over TCP, where a length stands before each message
// (RFC 1035, Section 4.2.2).
func serveStream(conn net.Conn) {
	defer conn.Close()
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return
	}
	question := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, question); err != nil {
		return
	}
	if reply, err := resolves(question, true); err == nil {
		_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...))
	}
}

// looksUp asks for a name by Go's resolver, at a server of the spec.
func looksUp(ctx context.Context, m *Machine, server netip.AddrPort, name string) Returned {
	// A lookup that has waited in vain leaves a goroutine behind, which would go on to
	// dial when the spec is over and the host is taken down.
	var dialing sync.RWMutex
	over := false
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		dialing.RLock()
		defer dialing.RUnlock()
		if over {
			return nil, net.ErrClosed
		}
		return m.Dial(ctx, network, server.String())
	}}
	defer func() {
		dialing.Lock()
		defer dialing.Unlock()
		over = true
	}()
	return m.Call(ctx, "look up "+name, func(ctx context.Context) (string, error) {
		addrs, err := resolver.LookupNetIP(ctx, "ip4", name)
		if err != nil {
			return "", err
		}
		return addrs[0].String(), nil
	})
}

// RFC 1035, Section 4.2: "The Internet supports name server access using TCP on server
// port 53 as well as datagram access using UDP on UDP port 53".
var _ = Describe("Hosts, DNS:", func() {
	lab := NewLab(Setup{Sockets: true})

	DescribeTable("a name is looked up through the NAT", Requirement("hosts.dns"),
		func(ctx SpecContext, name string) {
			x, y := lab.Machine("X"), lab.Machine("Y1")
			lab.Control(ctx, x, y)
			nameServer(ctx, y)
			Expect(looksUp(ctx, x, y.At(53), name)).To(HaveReceived(knownAddr.String()))
		},
		Entry("over UDP", "www.example."),
		Entry("over UDP, in an answer of a thousand bytes", wide+"example."),
		Entry("and over TCP, where the answer is too long for a datagram", cutOff+"example."),
	)
})
