package probe_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

// stingy is a network that lets a host have so many sessions and no more.
type stingy struct {
	*sim
	quota    int
	sessions map[[2]netip.AddrPort]bool
}

func (s *stingy) Open(server netip.Addr, port uint16) (probe.Socket, error) {
	socket, err := s.sim.Open(server, port)
	send := socket.Send
	socket.Send = func(to netip.AddrPort, payload []byte) {
		session := [2]netip.AddrPort{socket.Local, to}
		if len(s.sessions) < s.quota {
			s.sessions[session] = true
		}
		if s.sessions[session] {
			send(to, payload)
		}
	}
	return socket, err
}

// Where an endpoint of the server cannot be reached, what the others show is told, with
// the reason, and nothing else.
func TestPartialVerdict(t *testing.T) {
	port := func(a netip.AddrPort) bool { return a.Port() == a2.Port() }
	addr := func(a netip.AddrPort) bool { return a.Addr() == a2.Addr() }
	for _, test := range []struct {
		name, reason string
		lie          func(*simAnswer)
		quota        int
		// mapping is what can be told of each, filtering whether it can be told if the
		// mapping is endpoint-independent.
		mapping   map[refnat.Dependence]probe.Dependence
		filtering bool
		// ports is whether a filter of ports can be told anyway.
		ports bool
	}{
		{"requests to the other port are dropped", "filtered on the way",
			func(a *simAnswer) { a.silent = port(a.at) }, 100,
			map[refnat.Dependence]probe.Dependence{0: probe.EndpointIndependent}, true, false},
		{"the other port is dropped both ways", "filtered on the way",
			func(a *simAnswer) { a.silent = port(a.at) || port(a.from) }, 100,
			map[refnat.Dependence]probe.Dependence{0: probe.EndpointIndependent}, false, false},
		{"the other address is away", "filtered on the way",
			func(a *simAnswer) { a.silent = addr(a.at) || addr(a.from) }, 100,
			map[refnat.Dependence]probe.Dependence{2: probe.AddressAndPortDependent}, false, true},
		{"the other port of the first address is deaf", "filtered on the way",
			func(a *simAnswer) { a.silent = port(a.at) && !addr(a.at) }, 100,
			map[refnat.Dependence]probe.Dependence{0: probe.EndpointIndependent, 1: probe.AddressDependent,
				2: probe.AddressAndPortDependent}, true, false},
		{"the first port of the other address is deaf", "", // it is not asked
			func(a *simAnswer) { a.silent = addr(a.at) && !port(a.at) }, 100,
			map[refnat.Dependence]probe.Dependence{0: probe.EndpointIndependent, 1: probe.AddressDependent,
				2: probe.AddressAndPortDependent}, true, false},
		{"six sessions", "", func(*simAnswer) {}, 6, // which are enough where the mapping is the same for all
			map[refnat.Dependence]probe.Dependence{0: probe.EndpointIndependent, 1: probe.AddressDependent,
				2: probe.AddressAndPortDependent}, true, false},
		// Old sessions have taken most of the quota.
		{"one session", "allow this host no more sessions", func(*simAnswer) {}, 1,
			map[refnat.Dependence]probe.Dependence{}, false, false},
		{"two sessions", "allow this host no more sessions", func(*simAnswer) {}, 2,
			map[refnat.Dependence]probe.Dependence{}, false, false},
		{"three sessions", "allow this host no more sessions", func(*simAnswer) {}, 3,
			map[refnat.Dependence]probe.Dependence{}, false, false},
		{"four sessions", "allow this host no more sessions", func(*simAnswer) {}, 4,
			map[refnat.Dependence]probe.Dependence{}, false, false},
		{"five sessions", "allow this host no more sessions", func(*simAnswer) {}, 5,
			map[refnat.Dependence]probe.Dependence{2: probe.AddressAndPortDependent}, false, false},
	} {
		for _, truth := range single() {
			v := server(a1, a2, test.lie)
			s := newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{v}, truth.nats...)
			net := &stingy{s, test.quota, map[[2]netip.AddrPort]bool{}}
			r, err := probe.UDP(net, []probe.Server{{Endpoint: a1}}, s.now.Add(20*time.Second))
			check(t, err)
			name := test.name + ", " + truth.name
			if want := test.mapping[truth.nats[0].Mapping]; r.Mapping != want {
				t.Errorf("%s: mapping %v, want %v (%s)", name, r.Mapping, want, r.Reason)
			}
			if truth.contradicts(r) {
				t.Errorf("%s: ports %+v (%s)", name, r.Ports, r.Reason)
			}
			if test.filtering && r.Mapping == probe.EndpointIndependent && r.Filtering != truth.filtering ||
				r.Filtering != truth.filtering && r.Filtering != probe.NotDetermined {
				t.Errorf("%s: filtering %v (%s)", name, r.Filtering, r.Reason)
			}
			if test.ports && truth.filtering == probe.AddressAndPortDependent && r.Filtering != truth.filtering {
				t.Errorf("%s: filtering %v (%s)", name, r.Filtering, r.Reason)
			}
			if r.NAT != probe.Yes || !strings.Contains(r.Reason, test.reason) || r.Sent > 100 ||
				time.Duration(r.Duration) > 3*time.Second {
				t.Errorf("%s: NAT %v, %d packets in %v: %s", name, r.NAT, r.Sent, r.Duration, r.Reason)
			}
		}
	}
}

// Two servers with one address each tell the mapping if it is the same toward both.
func TestSingleServers(t *testing.T) {
	for _, truth := range single() {
		for _, refusing := range []bool{false, true} {
			single := func(a *simAnswer) {
				a.other = netip.AddrPort{}
				if refusing && (a.change.IP || a.change.Port) {
					a.code, a.from = 420, a.at
				}
			}
			v, w := server(a1, a2, single), server(b1, b2, single)
			s := newSim(t, 1, weather{rtt: 40 * time.Millisecond, loss: 0.05}, []*simServer{v, w}, truth.nats...)
			r := measure(t, s, v, w)
			want := found{probe.NotDetermined, probe.NotDetermined, probe.Yes}
			if truth.mapping == probe.EndpointIndependent {
				want.Mapping = truth.mapping
			}
			if foundBy(r) != want || (r.Classic == "symmetric") != (truth.mapping > probe.EndpointIndependent) ||
				!strings.Contains(r.Reason, "one address each") || r.Sent > 100 {
				t.Errorf("%s: %+v, %q with %d packets: %s", truth.name, foundBy(r), r.Classic, r.Sent, r.Reason)
			}
		}
	}
}

// A server that has nothing to say does not keep a run from its end where another one was
// unsuited.
func TestUnsuitedAndDead(t *testing.T) {
	unsuited := server(a1, a2, func(a *simAnswer) { a.other = netip.AddrPort{} })
	dead := server(b1, b2, func(a *simAnswer) { a.silent = true })
	s := newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{unsuited, dead}, single()[0].nats...)
	known := 40 * time.Millisecond
	servers := []probe.Server{{Endpoint: a1, RTT: known}, {Endpoint: b1, RTT: known}}
	r, err := probe.UDP(s, servers, s.now.Add(20*time.Second))
	check(t, err)
	if time.Duration(r.Duration) > 3*time.Second {
		t.Errorf("it took %v: %s", r.Duration, r.Reason)
	}
}

// What was not asked for want of packets is not said to be silent.
func TestBudgetForMany(t *testing.T) {
	var all []*simServer
	var servers []probe.Server
	for i := range byte(12) {
		first := netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, 10 + 2*i}), 3478)
		second := netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, 11 + 2*i}), 3479)
		all = append(all, server(first, second, func(a *simAnswer) { a.silent = true }))
		servers = append(servers, probe.Server{Endpoint: first})
	}
	s := newSim(t, 1, weather{rtt: 40 * time.Millisecond}, all, single()[0].nats...)
	r, err := probe.UDP(s, servers, s.now.Add(20*time.Second))
	check(t, err)
	silent, unasked := 0, 0
	for _, refusal := range r.Refused {
		switch {
		case refusal.Reason == "does not answer":
			silent++
		case strings.HasPrefix(refusal.Reason, "was not asked"):
			unasked++
		}
	}
	if r.Sent > 100 || silent+unasked != len(servers) || unasked == 0 {
		t.Errorf("%d packets; %d servers are silent, and %d were not asked", r.Sent, silent, unasked)
	}
}
