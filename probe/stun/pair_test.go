package stun

import (
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var secret = []byte("sixteen bytes or more")

// freeControl returns an endpoint for a control port.
func freeControl(t *testing.T, a netip.Addr) netip.AddrPort {
	t.Helper()
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(a, 0)))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return remoteOf(l.Addr())
}

// servePair runs two servers with one address each.
func servePair(t *testing.T) (one, two *Server) {
	t.Helper()
	return servePairAs(t, nil)
}

// servePairAs runs a pair that clients know by other addresses.
func servePairAs(t *testing.T, public map[netip.Addr]netip.Addr) (one, two *Server) {
	t.Helper()
	control1, control2 := freeControl(t, loopback), freeControl(t, loopback2)
	known := publicOf(public, loopback)
	one = serve(t, Config{Control: control1, Peer: control2.String(), Secret: secret, Public: known})
	at := one.Endpoints()
	two = serve(t, Config{
		Primary: []netip.Addr{loopback2}, Port: at[0].Port(), AlternatePort: at[1].Port(),
		Control: control2, Peer: control1.String(), Secret: secret, Public: publicOf(public, loopback2),
	})
	eventually(t, "the pair knows each other", func() bool { return one.Health() == nil && two.Health() == nil })
	return one, two
}

// publicOf is the part of public that is about one address.
func publicOf(public map[netip.Addr]netip.Addr, a netip.Addr) map[netip.Addr]netip.Addr {
	if known, ok := public[a]; ok {
		return map[netip.Addr]netip.Addr{a: known}
	}
	return nil
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("not in time: %s", what)
		case <-tick.C:
		}
	}
}

// Two hosts with one address each answer as one host with two does.
func TestPair(t *testing.T) {
	one, two := servePair(t)
	at := append(one.Endpoints(), two.Endpoints()...)
	for i, asked := range at {
		for _, change := range []ChangeRequest{{}, {Port: true}, {IP: true}, {IP: true, Port: true}} {
			c := newClient(t, "127.0.0.1:0")
			got, from := c.ask(asked, change)
			origin := at[endpoint(i)^endpointBits(change)]
			want := Response{Mapped: c.addr(), XORMapped: c.addr(), Origin: origin, Other: at[3-i], Padding: -1}
			if diff := cmp.Diff(want, got, compareResponses); diff != "" {
				t.Errorf("%v asked for %+v (-want +got):\n%s", asked, change, diff)
			}
			if from != origin {
				t.Errorf("%v asked for %+v: the answer came from %v, want %v", asked, change, from, origin)
			}
		}
	}
	// A server counts what it has sent, and a client may be faster.
	eventually(t, "4 questions forwarded and 4 relayed", func() bool {
		return count(one, Forwarded, "udp4") == 4 && count(two, Relayed, "udp4") == 4
	})
}

func TestPairConnectsBack(t *testing.T) {
	if !manySockets {
		t.Skip("connections back need SO_REUSEPORT as Linux has it")
	}
	one, two := servePair(t)
	lc := net.ListenConfig{Control: reuse}
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn := dial(t, remoteOf(l.Addr()), one.Endpoints()[0])
	m := request8489(t, ChangeRequest{IP: true, Port: true})
	if told := askTCP(t, conn, m); told.Code != 0 {
		t.Fatalf("error %d", told.Code)
	}
	back, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	readTCP(t, back, m)
	if from, want := remoteOf(back.RemoteAddr()), two.Endpoints()[1]; from != want {
		t.Errorf("connected from %v, want %v", from, want)
	}
}

// A server whose peer has another secret works as one with one address.
func TestPairWithWrongSecret(t *testing.T) {
	control1, control2 := freeControl(t, loopback), freeControl(t, loopback2)
	one := serve(t, Config{Control: control1, Peer: control2.String(), Secret: secret})
	at := one.Endpoints()
	two := serve(t, Config{
		Primary: []netip.Addr{loopback2}, Port: at[0].Port(), AlternatePort: at[1].Port(),
		Control: control2, Peer: control1.String(), Secret: []byte("another secret, and as long"),
	})
	c := newClient(t, "127.0.0.1:0")
	if got, _ := c.ask(at[0], ChangeRequest{IP: true}); got.Code != 420 {
		t.Errorf("error %d, want 420", got.Code)
	}
	if one.Health() == nil || two.Health() == nil {
		t.Error("healthy with a peer that has another secret")
	}
}

// connected returns both ends of a control connection, of which the test is in the
// middle.
func connected(t *testing.T) (dialer, listener net.Conn, between, behind *tap) {
	t.Helper()
	a, b := net.Pipe()
	between, behind = &tap{Conn: newBuffered(t, a)}, &tap{Conn: newBuffered(t, b)}
	t.Cleanup(func() { _ = a.Close(); _ = b.Close() })
	done := make(chan error, 1)
	go func() {
		var err error
		listener, err = meet(tls.Server(behind, keysOfTests().listening()))
		done <- err
	}()
	dialer, err := meet(tls.Client(between, dialing(secret)))
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return dialer, listener, between, behind
}

// hand sends bytes from one end to the other.
func hand(t *testing.T, from, to net.Conn, said string) {
	t.Helper()
	if _, err := from.Write([]byte(said)); err != nil {
		t.Fatal(err)
	}
	heard := make([]byte, len(said))
	if _, err := io.ReadFull(to, heard); err != nil || string(heard) != said {
		t.Fatalf("%q is heard as %q, error %v", said, heard, err)
	}
}

// keysOfTests are those of the secret of tests: to make them takes a while.
var keysOfTests = sync.OnceValue(func() *keys {
	k, err := deriveKeys(secret, newSalt())
	if err != nil {
		panic(err)
	}
	return k
})

// A tap remembers what went through, and the last packet.
type tap struct {
	net.Conn
	all, last []byte
}

func (c *tap) Write(b []byte) (int, error) {
	c.last = append([]byte(nil), b...)
	c.all = append(c.all, b...)
	return c.Conn.Write(b)
}

// newBuffered makes writes return at once, as those of a socket do.
func newBuffered(t *testing.T, conn net.Conn) net.Conn {
	queue := make(chan []byte, 16)
	t.Cleanup(func() { close(queue) })
	go func() {
		for b := range queue {
			if _, err := conn.Write(b); err != nil {
				return
			}
		}
	}()
	return &buffered{conn, queue}
}

type buffered struct {
	net.Conn
	queue chan []byte
}

func (c *buffered) Write(b []byte) (int, error) {
	c.queue <- append([]byte(nil), b...)
	return len(b), nil
}

// What is said counts once: neither again, nor changed, nor turned around.
func TestControlRefusesForgeries(t *testing.T) {
	for name, tamper := range map[string]func(between, behind *tap) error{
		"replayed":      func(between, _ *tap) error { _, err := between.Conn.Write(between.last); return err },
		"turned around": func(between, behind *tap) error { _, err := behind.Conn.Write(between.last); return err },
		"changed": func(between, _ *tap) error {
			between.last[len(between.last)-1] ^= 1
			_, err := between.Conn.Write(between.last)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			dialer, listener, between, behind := connected(t)
			hand(t, dialer, listener, "said")
			if err := tamper(between, behind); err != nil {
				t.Fatal(err)
			}
			to := listener
			if name == "turned around" {
				to = dialer
			}
			if n, err := to.Read(make([]byte, 1)); err == nil || !strings.Contains(err.Error(), "bad record MAC") {
				t.Errorf("received %d bytes, error %v, want it refused", n, err)
			}
		})
	}
}
