package stun

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	pion "github.com/pion/stun/v2"
)

var (
	loopback  = netip.MustParseAddr("127.0.0.1")
	loopback2 = netip.MustParseAddr("127.0.0.2")
)

// serve runs a server until the test ends.
func serve(t testing.TB, cfg Config) *Server {
	t.Helper()
	s, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s
}

// A client asks over UDP.
type client struct {
	t    testing.TB
	conn *net.UDPConn
}

func newClient(t testing.TB, local string) *client {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(local)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &client{t, conn}
}

func (c *client) addr() netip.AddrPort { return c.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

func (c *client) send(to netip.AddrPort, packet []byte) {
	c.t.Helper()
	if _, err := c.conn.WriteToUDPAddrPort(packet, to); err != nil {
		c.t.Fatal(err)
	}
}

// receive returns the next packet, which must come within two seconds.
func (c *client) receive() ([]byte, netip.AddrPort) {
	c.t.Helper()
	room := make([]byte, 1<<16)
	if err := c.conn.SetReadDeadline(time.Now().Add(2 * time.Second)); err != nil {
		c.t.Fatal(err)
	}
	n, from, err := c.conn.ReadFromUDPAddrPort(room)
	if err != nil {
		c.t.Fatal(err)
	}
	return room[:n], from
}

func (c *client) ask(to netip.AddrPort, setters ...pion.Setter) (Response, netip.AddrPort) {
	c.t.Helper()
	m := request8489(c.t, setters...)
	c.send(to, m.Raw)
	packet, from := c.receive()
	return parse(c.t, packet, m), from
}

func request8489(t testing.TB, setters ...pion.Setter) *pion.Message {
	t.Helper()
	m, err := NewBindingRequest(setters...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// parse reads the answer to a request.
func parse(t testing.TB, packet []byte, m *pion.Message) Response {
	t.Helper()
	r, err := Parse(packet)
	if err != nil {
		t.Fatalf("%x: %v", packet, err)
	}
	if r.ID != IDOf(m) {
		t.Fatalf("the answer has ID %x, want %x", r.ID, IDOf(m))
	}
	return r
}

var compareResponses = cmp.Options{
	cmpopts.IgnoreFields(Response{}, "ID"), cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.AddrPort{}),
}

// RFC 5780, Section 6.1, Table 1: where an answer comes from, and what
// OTHER-ADDRESS says, at each of the four endpoints.
func TestChangeRequest(t *testing.T) {
	s := serve(t, Config{Alternate: []netip.Addr{loopback2}})
	at := s.Endpoints()
	for i, asked := range at {
		for _, change := range []ChangeRequest{{}, {Port: true}, {IP: true}, {IP: true, Port: true}} {
			c := newClient(t, "127.0.0.1:0")
			got, from := c.ask(asked, change)
			origin := at[endpoint(i)^endpointBits(change)]
			want := Response{
				Mapped: c.addr(), XORMapped: c.addr(), Padding: -1,
				Origin: origin, Other: at[endpoint(i)^otherAddr^otherPort],
			}
			if diff := cmp.Diff(want, got, compareResponses); diff != "" {
				t.Errorf("%v asked for %+v (-want +got):\n%s", asked, change, diff)
			}
			if from != origin {
				t.Errorf("%v asked for %+v: the answer came from %v, want %v", asked, change, from, origin)
			}
		}
	}
	// An answer is sent first, and counted then.
	eventually(t, "16 answers counted", func() bool { return count(s, Answered, "udp4") == 16 })
}

func count(s *Server, e Event, network string) uint64 {
	for _, c := range s.Stats() {
		if c.Event == e && c.Network == network {
			return c.Value
		}
	}
	return 0
}

// RFC 5780, Section 6.1: a server with one address answers CHANGE-REQUEST with
// 420, whatever its flags, and has no OTHER-ADDRESS. RFC 3489 has CHANGE-REQUEST in
// every request, so there one without flags is answered.
func TestOneAddress(t *testing.T) {
	s := serve(t, Config{})
	at := s.Endpoints()[0]
	c := newClient(t, "127.0.0.1:0")
	got, _ := c.ask(at)
	want := Response{Mapped: c.addr(), XORMapped: c.addr(), Origin: at, Padding: -1}
	if diff := cmp.Diff(want, got, compareResponses); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got, _ = c.ask(at, Classic{}, ChangeRequest{})
	want = Response{Mapped: c.addr(), Origin: at, Padding: -1}
	if diff := cmp.Diff(want, got, compareResponses); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, setters := range [][]pion.Setter{
		{ChangeRequest{}}, {ChangeRequest{Port: true}}, {Classic{}, ChangeRequest{Port: true}},
	} {
		got, _ = c.ask(at, setters...)
		if got.Code != 420 || !slices.Contains(got.Unknown, pion.AttrChangeRequest) {
			t.Errorf("%v: error %d for %v, want 420 for CHANGE-REQUEST", setters, got.Code, got.Unknown)
		}
	}
}

// RFC 5780, Section 7.5, in both widths.
func TestResponsePort(t *testing.T) {
	s := serve(t, Config{Alternate: []netip.Addr{loopback2}})
	at := s.Endpoints()[0]
	asking, waiting := newClient(t, "127.0.0.1:0"), newClient(t, "127.0.0.1:0")
	port := waiting.addr().Port()
	for _, setter := range []pion.Setter{ResponsePort(port), WideResponsePort(port)} {
		m := request8489(t, setter)
		asking.send(at, m.Raw)
		packet, from := waiting.receive()
		if r := parse(t, packet, m); r.XORMapped != asking.addr() || from != at {
			t.Errorf("%T: mapped %v from %v, want %v from %v", setter, r.XORMapped, from, asking.addr(), at)
		}
	}
	for _, setters := range [][]pion.Setter{
		{ResponsePort(0)},
		{ResponsePort(port), Padding(100)},
		{pion.RawAttribute{Type: pion.AttrResponsePort, Value: []byte{1}}},
		{pion.RawAttribute{Type: pion.AttrChangeRequest, Value: []byte{1}}},
	} {
		got, _ := asking.ask(at, setters...)
		if got.Code != 400 {
			t.Errorf("%v: error %d, want 400", setters, got.Code)
		}
	}
}

// RFC 5780, Section 7.6. The answer is as long as the request, so that it is
// fragmented if that was, and no longer.
func TestPadding(t *testing.T) {
	s := serve(t, Config{Alternate: []netip.Addr{loopback2}})
	at := s.Endpoints()[0]
	c := newClient(t, "127.0.0.1:0")
	for _, length := range []int{0, 4, 100, 1500, 4000, 9000} {
		m := request8489(t, Padding(length))
		c.send(at, m.Raw)
		packet, _ := c.receive()
		r := parse(t, packet, m)
		if r.Padding < 0 || r.Padding > length {
			t.Errorf("PADDING of %d bytes answers %d", r.Padding, length)
		}
		if length >= 1500 && len(packet) != len(m.Raw) {
			t.Errorf("a request of %d bytes is answered with %d", len(m.Raw), len(packet))
		}
	}
}

func TestUnknownAttributes(t *testing.T) {
	s := serve(t, Config{})
	c := newClient(t, "127.0.0.1:0")
	got, _ := c.ask(s.Endpoints()[0],
		pion.RawAttribute{Type: 0x7001, Value: []byte("1234")},
		pion.RawAttribute{Type: 0xC001, Value: []byte("optional")},
		pion.RawAttribute{Type: 0x0002, Value: make([]byte, 8)}, // RESPONSE-ADDRESS
		pion.Fingerprint,
	)
	want := Response{Code: 420, Reason: "Unknown Attribute", Unknown: []pion.AttrType{0x7001, 0x0002}, Padding: -1}
	if diff := cmp.Diff(want, got, compareResponses); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A packet that deserves no answer gets silence: the next answer is that of the
// next question.
func TestSilence(t *testing.T) {
	s := serve(t, Config{})
	at := s.Endpoints()[0]
	c := newClient(t, "127.0.0.1:0")
	forged := request8489(t, pion.Fingerprint).Raw
	forged[len(forged)-1]++
	success := request8489(t).Raw
	success[0] = 1
	indication := request8489(t).Raw
	indication[1] = 0x11
	allocate := request8489(t).Raw
	allocate[1] = 3
	for _, packet := range [][]byte{
		{}, []byte("hello"), make([]byte, 19), forged, success, indication, allocate,
		append(request8489(t).Raw, 0), make([]byte, 12000),
	} {
		c.send(at, packet)
	}
	c.ask(at)
}

func TestRateLimit(t *testing.T) {
	s := serve(t, Config{SourceRate: 1, Workers: 1})
	at := s.Endpoints()[0]
	c, other := newClient(t, "127.0.0.1:0"), newClient(t, "127.0.0.9:0")
	for range 2 * maxBurst {
		c.send(at, request8489(t).Raw)
	}
	other.ask(at) // after the others, since one worker has all
	eventually(t, "a burst answered and as much limited", func() bool {
		answered, limited := count(s, Answered, "udp4"), count(s, Limited, "udp4")
		return answered >= maxBurst && answered <= maxBurst+4 && limited >= maxBurst-4
	})
}

func TestIPv6(t *testing.T) {
	s, err := Listen(Config{Primary: []netip.Addr{loopback, netip.IPv6Loopback()}, Alternate: []netip.Addr{loopback2}})
	if err != nil {
		t.Skip("no IPv6 here:", err)
	}
	s.Close()
	s = serve(t, Config{Primary: []netip.Addr{loopback, netip.IPv6Loopback()}, Alternate: []netip.Addr{loopback2}})
	at := s.Endpoints()[4]
	c := newClient(t, "[::1]:0")
	got, from := c.ask(at)
	want := Response{Mapped: c.addr(), XORMapped: c.addr(), Origin: at, Padding: -1}
	if diff := cmp.Diff(want, got, compareResponses); diff != "" || from != at {
		t.Errorf("from %v (-want +got):\n%s", from, diff)
	}
}
