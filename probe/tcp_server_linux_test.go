package probe_test

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	pion "github.com/pion/stun/v2"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/probe/stun"
	"github.com/natproof/natproof/topology/sandboxtest"
)

// manners listens on four endpoints of this host and answers each request as it
// is told: with the request and how the client is seen, or nil to hang up.
func manners(t *testing.T, answer func(request *pion.Message, seen netip.AddrPort) []byte) probe.Server {
	t.Helper()
	sandboxtest.RaiseLoopback(t)
	listen := func(at string) netip.AddrPort {
		l, err := net.Listen("tcp", at)
		check(t, err)
		t.Cleanup(func() { check(t, l.Close()) })
		go converse(l, answer)
		return addrPort(l.Addr())
	}
	home := listen("127.0.0.1:0")
	other := listen("127.0.0.3:0")
	listen(netip.AddrPortFrom(home.Addr(), other.Port()).String())
	listen(netip.AddrPortFrom(other.Addr(), home.Port()).String())
	return probe.Server{Endpoint: home, Other: other}
}

// converse answers the first request on whatever connections a listener gives.
func converse(l net.Listener, answer func(request *pion.Message, seen netip.AddrPort) []byte) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			room := make([]byte, 1500)
			n, err := conn.Read(room)
			request := new(pion.Message)
			if err != nil || stun.Decode(request, room[:n]) != nil {
				return
			}
			if bytes := answer(request, addrPort(conn.RemoteAddr())); bytes == nil {
				_ = conn.(*net.TCPConn).SetLinger(0)
			} else if _, err := conn.Write(bytes); err == nil {
				_, _ = io.Copy(io.Discard, conn) // until the client hangs up
			}
		}()
	}
}

// honest answers as a server should.
func honest(request *pion.Message, seen netip.AddrPort) []byte {
	return success(request.TransactionID, address(pion.AttrXORMappedAddress, seen))
}

// success is an answer to a request, or to another one.
func success(id [12]byte, setters ...pion.Setter) []byte {
	m, err := pion.Build(append([]pion.Setter{pion.NewTransactionIDSetter(id), pion.BindingSuccess}, setters...)...)
	if err != nil {
		panic(err)
	}
	return m.Raw
}

// A server without manners over TCP is told of, and leads to no wrong verdict.
func TestTCPServers(t *testing.T) {
	t.Parallel() // some of it waits for what never comes
	for _, test := range []struct {
		name   string
		answer func(request *pion.Message, seen netip.AddrPort) []byte
		want   found
		reason string
	}{
		{"honest", honest, found{probe.EndpointIndependent, probe.NotDetermined, probe.No},
			"TCP filtering was not asked for"},
		{"says nothing", func(*pion.Message, netip.AddrPort) []byte { return []byte{} }, found{}, "not in time"},
		{"says half", func(m *pion.Message, seen netip.AddrPort) []byte {
			return success(m.TransactionID, address(pion.AttrXORMappedAddress, seen))[:25]
		}, found{}, "not in time"},
		{"resets", func(*pion.Message, netip.AddrPort) []byte { return nil }, found{}, "connection reset"},
		{"answers another first", func(m *pion.Message, seen netip.AddrPort) []byte {
			foreign := success([12]byte{1}, address(pion.AttrXORMappedAddress, netip.MustParseAddrPort("192.0.2.1:1")))
			return append(foreign, success(m.TransactionID, address(pion.AttrXORMappedAddress, seen))...)
		}, found{probe.EndpointIndependent, probe.NotDetermined, probe.No}, "TCP filtering was not asked for"},
		{"answers others only", func(_ *pion.Message, seen netip.AddrPort) []byte {
			return []byte(strings.Repeat(string(success([12]byte{1}, address(pion.AttrXORMappedAddress, seen))), 40))
		}, found{}, "not to the question"},
		{"does not say what it sees", func(m *pion.Message, _ netip.AddrPort) []byte {
			return success(m.TransactionID)
		}, found{}, "what address it sees"},
		{"is no STUN server", func(*pion.Message, netip.AddrPort) []byte {
			return []byte("HTTP/1.1 400 Bad Request\r\n\r\n")
		}, found{}, "not STUN"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := manners(t, test.answer)
			r := probe.TCP(t.Context(), []probe.Server{server}, probe.TCPConfig{Hairpin: true})
			if diff := cmp.Diff(test.want, foundBy(r)); diff != "" || !strings.Contains(r.Reason, test.reason) {
				t.Errorf("%s (-want +got):\n%s", r.Reason, diff)
			}
			if h := r.Hairpin; r.Reachable != (h != nil) || h != nil && h.Reason != "there is no NAT" {
				t.Errorf("hairpin: %+v", h)
			}
			if limit := 3 * time.Second; time.Duration(r.Duration) > limit {
				t.Errorf("took %v", r.Duration)
			}
		})
	}
}

// A server that names itself, or a part of itself, as its other address tells no mapping.
func TestTCPUnsuited(t *testing.T) {
	var names atomic.Pointer[netip.AddrPort]
	server := manners(t, func(m *pion.Message, seen netip.AddrPort) []byte {
		return success(m.TransactionID, address(pion.AttrXORMappedAddress, seen),
			address(pion.AttrOtherAddress, *names.Load()))
	})
	home, other := server.Endpoint, server.Other
	server.Other = netip.AddrPort{}
	for _, one := range []netip.AddrPort{home, netip.AddrPortFrom(home.Addr(), other.Port()),
		netip.AddrPortFrom(other.Addr(), home.Port()), netip.MustParseAddrPort("255.255.255.255:3479")} {
		names.Store(&one)
		r := probe.TCP(t.Context(), []probe.Server{server}, probe.TCPConfig{})
		if foundBy(r) != (found{NAT: probe.No}) || len(r.Refused) != 1 {
			t.Errorf("%v: %+v: %s", one, foundBy(r), r.Reason)
		}
	}
}

// A server's word on its connections back cannot be checked, and a verdict that
// rests on it alone says so.
func TestTCPWord(t *testing.T) {
	server := manners(t, func(m *pion.Message, seen netip.AddrPort) []byte {
		var change stun.ChangeRequest
		if change.GetFrom(m) != nil {
			return honest(m, seen)
		}
		e, err := pion.Build(pion.NewTransactionIDSetter(m.TransactionID), pion.BindingError,
			pion.CodeConnTimeoutOrFailure)
		if err != nil {
			panic(err)
		}
		return e.Raw
	})
	r := probe.TCP(t.Context(), []probe.Server{server}, probe.TCPConfig{Filtering: true})
	if r.Filtering != probe.AddressAndPortDependent || r.Verified != probe.Unknown ||
		!strings.Contains(r.Reason, "could not be checked") || r.WrongFiltered != 0 {
		t.Errorf("%v, verified %v, wrong with %v: %s", r.Filtering, r.Verified, r.WrongFiltered, r.Reason)
	}
}

// The next server is asked if one is of no use, and the time ends everything.
func TestTCPNextServer(t *testing.T) {
	useful := manners(t, honest)
	deaf := manners(t, func(*pion.Message, netip.AddrPort) []byte { return nil })
	known := deaf
	known.RTT = time.Millisecond // from UDP, so it is asked alone at first
	for _, first := range []probe.Server{deaf, known} {
		r := probe.TCP(t.Context(), []probe.Server{first, useful}, probe.TCPConfig{})
		if r.Server != useful.Endpoint.String() || r.Mapping != probe.EndpointIndependent {
			t.Errorf("%s: %v: %s", r.Server, r.Mapping, r.Reason)
		}
	}
	alone := useful
	alone.Other = netip.AddrPort{}
	r := probe.TCP(t.Context(), []probe.Server{alone}, probe.TCPConfig{})
	if len(r.Refused) != 1 || !r.Reachable || r.Mapping != probe.NotDetermined || r.NAT != probe.No {
		t.Errorf("a server with one address: %+v", r)
	}
}

// A link-local address has a zone on this host, and no zone in the answer of a
// server. The zone may be given by name or number.
func TestLinkLocal(t *testing.T) {
	l := newLab(t)
	check(t, l.router.AddAddr("inside", netip.MustParsePrefix("fe80::11/64")))
	check(t, l.router.AddAddr("inside", netip.MustParsePrefix("fe80::12/64")))
	l.out = l.router
	l.serve("fe80::11%inside fe80::12%inside")
	number := 0
	check(t, l.host.Do(func() error {
		eth0, err := net.InterfaceByName("eth0")
		if err == nil {
			number = eth0.Index
		}
		return err
	}))
	for _, zone := range []string{"eth0", fmt.Sprint(number)} {
		r := l.probe("[fe80::11%" + zone + "]:3478 +hairpin")
		want := found{probe.EndpointIndependent, probe.EndpointIndependent, probe.No}
		for name, r := range map[string]*probe.Result{"udp6": r.UDP6, "tcp6": r.TCP6} {
			if diff := cmp.Diff(want, foundBy(r)); diff != "" {
				t.Errorf("%s, zone %s (-want +got):\n%s%s", name, zone, diff, r.Reason)
			}
			if r.Hairpin == nil || r.Hairpin.Reason != "there is no NAT" {
				t.Errorf("%s, zone %s: hairpin: %+v", name, zone, r.Hairpin)
			}
		}
	}
}

func addrPort(a net.Addr) netip.AddrPort { return netip.MustParseAddrPort(a.String()) }
