package stun

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	pion "github.com/pion/stun/v2"
)

// dial connects to a server, from a port that can be listened on as well.
func dial(t testing.TB, local, to netip.AddrPort) *net.TCPConn {
	t.Helper()
	d := net.Dialer{Control: reuse, LocalAddr: net.TCPAddrFromAddrPort(local), Timeout: 10 * time.Second}
	conn, err := d.DialContext(t.Context(), "tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn.(*net.TCPConn)
}

func askTCP(t testing.TB, conn net.Conn, m *pion.Message) Response {
	t.Helper()
	if _, err := conn.Write(m.Raw); err != nil {
		t.Fatal(err)
	}
	return readTCP(t, conn, m)
}

func readTCP(t testing.TB, conn net.Conn, m *pion.Message) Response {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(8 * time.Second)); err != nil {
		t.Fatal(err)
	}
	packet, err := ReadMessage(conn, make([]byte, maxPacket))
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, packet, m)
}

// A request that deserves no answer gets silence at any endpoint: the first
// answer is to the request after it.
func TestTCPSilence(t *testing.T) {
	s := serve(t, Config{Alternate: []netip.Addr{loopback2}})
	indication, err := pion.Build(pion.TransactionID, pion.NewType(pion.MethodBinding, pion.ClassIndication))
	if err != nil {
		t.Fatal(err)
	}
	for _, asked := range s.Endpoints() {
		conn := dial(t, netip.AddrPortFrom(loopback, 0), asked)
		if _, err := conn.Write(indication.Raw); err != nil {
			t.Fatal(err)
		}
		if got := askTCP(t, conn, request8489(t)); got.Code != 0 {
			t.Errorf("%v: error %d", asked, got.Code)
		}
	}
}

func TestTCP(t *testing.T) {
	s := serve(t, Config{Alternate: []netip.Addr{loopback2}})
	at := s.Endpoints()
	for i, asked := range at {
		conn := dial(t, netip.AddrPortFrom(loopback, 0), asked)
		us := remoteOf(conn.LocalAddr())
		want := Response{Mapped: us, XORMapped: us, Origin: asked, Other: at[3-i], Padding: -1}
		for range 2 { // a connection serves more than one request
			got := askTCP(t, conn, request8489(t))
			if diff := cmp.Diff(want, got, compareResponses); diff != "" {
				t.Errorf("%v (-want +got):\n%s", asked, diff)
			}
		}
		for _, port := range []uint16{4242, us.Port()} {
			if got := askTCP(t, conn, request8489(t, ResponsePort(port))); got.Code != 400 {
				t.Errorf("RESPONSE-PORT %d over TCP from %v: error %d, want 400", port, us, got.Code)
			}
		}
	}
}

func remoteOf(a net.Addr) netip.AddrPort { return a.(*net.TCPAddr).AddrPort() }

// The server connects back to the very endpoint that asked, from the endpoint
// that it was asked to use.
func TestConnectBack(t *testing.T) {
	if !manySockets {
		t.Skip("connections back need SO_REUSEPORT as Linux has it")
	}
	s := serve(t, Config{Alternate: []netip.Addr{loopback2}})
	at := s.Endpoints()
	for _, change := range []ChangeRequest{{Port: true}, {IP: true}, {IP: true, Port: true}} {
		lc := net.ListenConfig{Control: reuse}
		l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		us := remoteOf(l.Addr())
		conn := dial(t, us, at[0])
		m := request8489(t, change)
		told := askTCP(t, conn, m)
		back, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer back.Close()
		if from, want := remoteOf(back.RemoteAddr()), at[endpointBits(change)]; from != want {
			t.Errorf("%+v: connected from %v, want %v", change, from, want)
		}
		got := readTCP(t, back, m)
		want := Response{Mapped: us, XORMapped: us, Origin: at[endpointBits(change)], Other: at[3], Padding: -1}
		if diff := cmp.Diff(want, got, compareResponses); diff != "" {
			t.Errorf("%+v on the connection back (-want +got):\n%s", change, diff)
		}
		if diff := cmp.Diff(want, told, compareResponses); diff != "" {
			t.Errorf("%+v on the client's connection (-want +got):\n%s", change, diff)
		}
	}
}

// A client that does not listen refuses the connection, and is told so.
func TestConnectBackFails(t *testing.T) {
	if !manySockets {
		t.Skip("connections back need SO_REUSEPORT as Linux has it")
	}
	s := serve(t, Config{Alternate: []netip.Addr{loopback2}})
	conn := dial(t, netip.AddrPortFrom(loopback, 0), s.Endpoints()[0])
	got := askTCP(t, conn, request8489(t, ChangeRequest{IP: true}))
	want := Response{Code: int(pion.CodeConnTimeoutOrFailure), Reason: "Connection Failed", Padding: -1}
	if diff := cmp.Diff(want, got, compareResponses); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Anybody can send UDP in a client's name. That does not use up the client's
// share of TCP, and its connections stay.
func TestForgedUDPAndTCP(t *testing.T) {
	s := serve(t, Config{SourceRate: 1, Workers: 1})
	at := s.Endpoints()[0]
	conn := dial(t, netip.AddrPortFrom(loopback, 0), at)
	forger := newClient(t, "127.0.0.1:0")
	for range 2 * maxBurst {
		forger.send(at, []byte{0})
	}
	eventually(t, "the source's rate used up over UDP", func() bool { return count(s, Limited, "udp4") > 0 })
	askTCP(t, conn, request8489(t))
	askTCP(t, dial(t, netip.AddrPortFrom(loopback, 0), at), request8489(t))
}

// knock connects to a server that may close the connection before it is there.
func knock(t testing.TB, to netip.AddrPort) {
	if conn, err := net.DialTimeout("tcp", to.String(), 2*time.Second); err == nil {
		t.Cleanup(func() { _ = conn.Close() })
	}
}

// A source that asks too much is told apart from one that has too many
// connections.
func TestLimitedIsNotRefused(t *testing.T) {
	s := serve(t, Config{SourceRate: 1})
	at := s.Endpoints()[0]
	eventually(t, "a connection limited", func() bool {
		for s.limitTCP.allow(loopback, time.Since(s.began)) {
			continue // until the source may ask no more
		}
		knock(t, at)
		return count(s, Limited, "tcp4") > 0
	})
	if n := count(s, Refused, "tcp4"); n != 0 {
		t.Errorf("%d connections are counted as refused, want none", n)
	}

	s = serve(t, Config{MaxConns: 8})
	at = s.Endpoints()[0]
	for range 3 { // a source may have two
		knock(t, at)
	}
	eventually(t, "a connection refused", func() bool { return count(s, Refused, "tcp4") == 1 })
}

// Bytes that are not STUN end the connection.
func TestTCPMalformed(t *testing.T) {
	s := serve(t, Config{})
	conn := dial(t, netip.AddrPortFrom(loopback, 0), s.Endpoints()[0])
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: example\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Read(make([]byte, 1)); n != 0 || err == nil || isTimeout(err) {
		t.Errorf("read %d bytes, error %v, want the connection closed", n, err)
	}
}

func isTimeout(err error) bool {
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}
