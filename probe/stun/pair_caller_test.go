package stun

import (
	"net"
	"net/netip"
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

// introduced returns a control connection to a server, made by one who knows the
// secret.
func introduced(t *testing.T, s *Server, public netip.Addr) *control {
	t.Helper()
	c, err := newControl(dial(t, netip.AddrPortFrom(loopback, 0), s.Control()), secret, true)
	if err != nil {
		t.Fatal(err)
	}
	at := s.Endpoints()
	ports := [2]uint16{at[0].Port(), at[1].Port()}
	if err := c.send(frame{Kind: "hello", Public: []netip.Addr{public}, Ports: ports}); err != nil {
		t.Fatal(err)
	}
	if f, err := c.receive(); err != nil || f.Kind != "hello" {
		t.Fatalf("introduced with %+v, %v", f, err)
	}
	return c
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
	inside := newClient(t, "127.0.0.2:0")
	m := request8489(t)
	m.Raw[0] = 1 // an answer
	for _, f := range []frame{
		{Kind: "connect", ID: 1, To: remoteOf(l.Addr()), Message: m.Raw},
		{Kind: "answer", To: inside.addr(), Message: m.Raw},
	} {
		if err := c.send(f); err != nil {
			t.Fatal(err)
		}
	}
	for { // until it hangs up
		f, err := c.receive()
		if err != nil {
			break
		}
		if f.Kind == "connected" {
			t.Error("the server connected to its own network")
		}
	}
	if n := count(s, Relayed, "udp4") + count(s, Connected, "tcp4"); n != 0 {
		t.Errorf("%d relayed or connected, want none", n)
	}
}
