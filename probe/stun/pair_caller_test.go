package stun

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"net/rpc"
	"net/rpc/jsonrpc"
	"testing"

	"github.com/google/go-cmp/cmp"
	pion "github.com/pion/stun/v2"
)

// wide is what a pair on loopback is known by all over the net.
var wide = map[netip.Addr]netip.Addr{
	loopback: netip.MustParseAddr("9.0.0.1"), loopback2: netip.MustParseAddr("9.9.0.1"),
}

// A client whose address means something else to the peer finds a server with
// one address, and the peer hears nothing of it.
func TestPairKeepsLocalClients(t *testing.T) {
	one, two := servePairAs(t, wide)
	at := one.Endpoints()[0]
	change := ChangeRequest{IP: true, Port: true}
	unknown := []pion.AttrType{pion.AttrChangeRequest}
	want := Response{Code: 420, Reason: "Unknown Attribute", Unknown: unknown, Padding: -1}
	got, _ := newClient(t, "127.0.0.1:0").ask(at, change)
	if diff := cmp.Diff(want, got, compareResponses); diff != "" {
		t.Errorf("UDP (-want +got):\n%s", diff)
	}
	conn := dial(t, netip.AddrPortFrom(loopback, 0), at)
	if diff := cmp.Diff(want, askTCP(t, conn, request8489(t, change)), compareResponses); diff != "" {
		t.Errorf("TCP (-want +got):\n%s", diff)
	}
	if f, r := count(one, Forwarded, "udp4"), count(two, Relayed, "udp4"); f != 0 || r != 0 {
		t.Errorf("%d forwarded and %d relayed, want none", f, r)
	}
}

// dialing is TLS of one who knows a secret.
func dialing(secret []byte) *tls.Config {
	return (&peer{server: &Server{cfg: Config{Secret: secret}}}).dialing()
}

// introduced returns a control connection to a server, made by one who knows the
// secret.
func introduced(t *testing.T, s *Server, public netip.Addr) *rpc.Client {
	t.Helper()
	conn, err := meet(tls.Client(dial(t, netip.AddrPortFrom(loopback, 0), s.Control()), dialing(secret)))
	if err != nil {
		t.Fatal(err)
	}
	client := jsonrpc.NewClient(conn)
	t.Cleanup(func() { _ = client.Close() })
	at := s.Endpoints()
	them := greeting{Public: []netip.Addr{public}, Ports: [2]uint16{at[0].Port(), at[1].Port()}}
	if err := client.Call(helloMethod, them, &them); err != nil || them.Public[0] == public {
		t.Fatalf("introduced with %+v, %v", them, err)
	}
	return client
}

// Not even its peer can have a server connect to its own networks.
func TestPeerCannotReachInside(t *testing.T) {
	s := serve(t, Config{Peer: freeControl(t, loopback2).String(), Secret: secret, Public: publicOf(wide, loopback)})
	c := introduced(t, s, wide[loopback2])
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(loopback2, 0)))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	m := request8489(t)
	m.Raw[0] = 1 // an answer
	for method, to := range map[string]netip.AddrPort{
		connectMethod: remoteOf(l.Addr()), answerMethod: newClient(t, "127.0.0.2:0").addr(),
	} {
		if err := c.Call(method, order{To: to, Message: m.Raw}, nil); err == nil || err.Error() != errNoAnswer.Error() {
			t.Errorf("%s: error %v, want %v", method, err, errNoAnswer)
		}
	}
	if n := count(s, Relayed, "udp4") + count(s, Connected, "tcp4"); n != 0 {
		t.Errorf("%d relayed or connected, want none", n)
	}
}

// A peer that never ends a line fills no memory.
func TestPeerIsBounded(t *testing.T) {
	c := &lively{Conn: &memory{in: bytes.NewReader(make([]byte, 3*maxLine))}}
	if n, err := io.Copy(io.Discard, c); err != errLine || n > maxLine {
		t.Errorf("read %d bytes, error %v, want at most %d and %v", n, err, maxLine, errLine)
	}
}

// A peer that has not introduced itself gets nothing sent.
func TestPeerIntroducesItself(t *testing.T) {
	m := request8489(t)
	m.Raw[0] = 1 // an answer
	c := &caller{peer: peerless()}
	if err := c.Answer(order{To: ap("192.0.2.1:1"), Message: m.Raw}, nil); err != errNoAnswer {
		t.Errorf("error %v, want %v", err, errNoAnswer)
	}
}

// An order is obeyed only if it holds an answer, and only to a client whose address
// means the same host to both servers.
func TestSpotFor(t *testing.T) {
	answer := func(size int, kind ...byte) []byte {
		b := append(kind, make([]byte, size-len(kind))...)
		binary.BigEndian.PutUint16(b[2:], uint16(size-headerSize))
		return b
	}
	success := answer(headerSize, 1, 1)
	known := []netip.Addr{netip.MustParseAddr("192.0.2.8"), netip.MustParseAddr("2001:db8::8")}
	for _, test := range []struct {
		name   string
		public []netip.Addr
		order  order
		want   string // the endpoint that it is sent from; "" if it is refused
	}{
		{"IPv4", known, order{To: ap("192.0.2.1:1"), Message: success}, "192.0.2.7:3478"},
		{"IPv4, other port", known, order{Port: otherPort, To: ap("192.0.2.1:1"), Message: success}, "192.0.2.7:3479"},
		{"IPv6", known, order{To: ap("[2001:db8::1]:1"), Message: success}, "[2001:db8::7]:3478"},
		{"the longest", known, order{To: ap("192.0.2.1:1"), Message: answer(maxPacket, 1, 1)}, "192.0.2.7:3478"},
		{"too long", known, order{To: ap("192.0.2.1:1"), Message: answer(maxPacket+4, 1, 1)}, ""},
		{"too short", known, order{To: ap("192.0.2.1:1"), Message: success[:headerSize-4]}, ""},
		{"a request", known, order{To: ap("192.0.2.1:1"), Message: answer(headerSize, 0, 1)}, ""},
		{"an error", known, order{To: ap("192.0.2.1:1"), Message: answer(headerSize, 1, 0x11)}, ""},
		{"another method", known, order{To: ap("192.0.2.1:1"), Message: answer(headerSize, 1, 3)}, ""},
		{"to no port", known, order{To: ap("192.0.2.1:0"), Message: success}, ""},
		{"to nobody", known, order{To: ap("0.0.0.0:1"), Message: success}, ""},
		{"to everybody", known, order{To: ap("255.255.255.255:1"), Message: success}, ""},
		{"to a group", known, order{To: ap("224.0.0.1:1"), Message: success}, ""},
		{"to IPv4 in IPv6", known, order{To: ap("[::ffff:192.0.2.1]:1"), Message: success}, ""},
		{"to the server's own host", known, order{To: ap("127.0.0.1:1"), Message: success}, ""},
		{"for a peer without IPv4", known[1:], order{To: ap("192.0.2.1:1"), Message: success}, ""},
		{"for a peer in a lab no more", []netip.Addr{netip.MustParseAddr("9.0.0.1")},
			order{To: ap("10.0.0.1:1"), Message: success}, ""},
	} {
		c := &caller{peer: peerless()}
		c.them.Store(&greeting{Public: test.public})
		_, spot, err := c.spotFor(test.order)
		got := ""
		if err == nil {
			got = spot.local.String()
		}
		if got != test.want {
			t.Errorf("%s: sent from %q (%v), want %q", test.name, got, err, test.want)
		}
	}
}

// A peer gets no more answers and connections for a client than the client may
// ask for itself.
func TestPeerIsLimited(t *testing.T) {
	s := serve(t, Config{Peer: freeControl(t, loopback2).String(), Secret: secret, SourceRate: 1})
	c := introduced(t, s, loopback2)
	closed := freeControl(t, loopback)
	m := request8489(t)
	m.Raw[0] = 1 // an answer
	const tries = maxBurst + 30
	failed, refused := 0, 0
	for range tries {
		o := order{To: closed, Message: m.Raw}
		_ = c.Call(answerMethod, o, nil) // it is counted there
		var came bool
		switch err := c.Call(connectMethod, o, &came); {
		case err != nil:
			refused++
		case !came:
			failed++
		}
	}
	// Time goes on meanwhile, and brings one a second.
	if failed < maxBurst || failed > maxBurst+10 || failed+refused != tries {
		t.Errorf("%d connections were tried and %d refused, want %d tried", failed, refused, maxBurst)
	}
	eventually(t, "all answers are sent or refused", func() bool {
		return count(s, Relayed, "udp4")+count(s, Limited, "udp4") == tries
	})
	if n := count(s, Relayed, "udp4"); n < maxBurst || n > maxBurst+10 {
		t.Errorf("%d answers were sent, want %d", n, maxBurst)
	}
}
