package probe_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

// A lie is how a server gets things wrong, and a word of the reason that a
// report gives for not using it.
type lie struct {
	name, reason string
	do           func(*simAnswer)
}

func lies() []lie {
	changes := func(a *simAnswer) bool { return a.change.IP || a.change.Port }
	return []lie{
		{"ignores CHANGE-REQUEST", "ignores CHANGE-REQUEST", func(a *simAnswer) { a.from = a.at }},
		{"changes the port only", "wrong address", func(a *simAnswer) {
			if a.change.IP {
				a.from = netip.AddrPortFrom(a.at.Addr(), a.from.Port())
			}
		}},
		{"changes both always", "", func(a *simAnswer) {
			if changes(a) {
				a.from = a.other
			}
		}},
		{"answers from its other port", "", func(a *simAnswer) {
			if !changes(a) {
				a.from = netip.AddrPortFrom(a.at.Addr(), a.other.Port())
			}
		}},
		{"answers from a third address", "", func(a *simAnswer) {
			if changes(a) {
				a.from = netip.MustParseAddrPort("192.0.2.77:3479")
			}
		}},
		{"names itself", "names itself", func(a *simAnswer) { a.other = a.server.primary }},
		{"names its own address", "no second address", func(a *simAnswer) {
			a.other = netip.AddrPortFrom(a.server.primary.Addr(), a.server.other.Port())
		}},
		{"has one port", "no second port", func(a *simAnswer) {
			a.other = netip.AddrPortFrom(a.server.other.Addr(), a.server.primary.Port())
		}},
		{"has one address", "no second address", func(a *simAnswer) { a.other = netip.AddrPort{} }},
		{"names a private address", "cannot be reached", func(a *simAnswer) {
			a.other = netip.MustParseAddrPort("192.168.1.2:3479")
		}},
		{"names a broadcast address", "cannot be reached", func(a *simAnswer) {
			a.other = netip.MustParseAddrPort("255.255.255.255:3479")
		}},
		{"names an address of no host", "cannot be reached", func(a *simAnswer) {
			a.other = netip.MustParseAddrPort("0.0.0.1:3479")
		}},
		{"refuses CHANGE-REQUEST", "error 420", func(a *simAnswer) {
			if changes(a) {
				a.code, a.from = 420, a.at
			}
		}},
		{"refuses everything", "error 401", func(a *simAnswer) { a.code, a.from = 401, a.at }},
		{"is silent about CHANGE-REQUEST", "CHANGE-REQUEST", func(a *simAnswer) { a.silent = changes(a) }},
		{"is deaf at its other address", "does not answer", func(a *simAnswer) {
			a.silent = a.at.Addr() != a.server.primary.Addr()
		}},
		{"is deaf at its other port", "does not answer",
			func(a *simAnswer) { a.silent = a.at.Port() != a.server.primary.Port() }},
		{"does not say what it sees", "what address it sees",
			func(a *simAnswer) { a.mapped = netip.AddrPortFrom(a.mapped.Addr(), 0) }},
	}
}

// Behind every NAT, a liar is passed over for an honest server, and alone leads
// to no wrong verdict.
func TestLies(t *testing.T) {
	truths := append(single(), others()[:5]...)
	every := len(truths) / sample(len(truths)) // another share of them for each lie
	for i, l := range lies() {
		t.Run(l.name, func(t *testing.T) {
			for j, truth := range truths {
				if j%every != i%every {
					continue
				}
				for _, loss := range []float64{0, 0.1} {
					liar, honest := server(a1, a2, l.do), server(b1, b2, nil)
					s := newSim(t, 2, weather{rtt: 40 * time.Millisecond, loss: loss},
						[]*simServer{liar, honest}, truth.nats...)
					r := measure(t, s, liar, honest)
					if r.Mapping != truth.mapping || r.Filtering != truth.filtering {
						t.Errorf("%s: %v %v from %s (%s)", truth.name, r.Mapping, r.Filtering, r.Server, r.Reason)
					}
					if r.Server == b1.String() && loss == 0 && l.reason != "" && !refusedFor(r, l.reason) {
						t.Errorf("%s: refusals %+v", truth.name, r.Refused)
					}
					s = newSim(t, 1, weather{rtt: 40 * time.Millisecond, loss: loss}, []*simServer{liar}, truth.nats...)
					r = measure(t, s, liar)
					if l.reason != "" &&
						(!r.Reachable || r.Mapping == probe.NotDetermined && !strings.Contains(r.Reason, l.reason)) {
						t.Errorf("%s, liar alone: reachable %v: %s", truth.name, r.Reachable, r.Reason)
					}
					// How a server sees a socket stands, wherever its other answers come from.
					if r.Mapping != truth.mapping && (r.Mapping != probe.NotDetermined || i < 3 && loss == 0) ||
						r.Filtering != truth.filtering && r.Filtering != probe.NotDetermined {
						t.Errorf("%s, liar alone: %v %v (%s)", truth.name, r.Mapping, r.Filtering, r.Reason)
					}
				}
			}
		})
	}
}

func refusedFor(r *probe.Result, reason string) bool {
	for _, refusal := range r.Refused {
		if strings.Contains(refusal.Reason, reason) {
			return true
		}
	}
	return false
}

// Where an address stands in clear only, an ALG may have put the inside one back
// into every answer. That is not taken for the absence of a NAT.
func TestClearAddress(t *testing.T) {
	alg := server(a1, a2, func(a *simAnswer) { a.mapped = netip.AddrPortFrom(hostAddr, a.mapped.Port()) })
	alg.old = true
	s := newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{alg}, refnat.Behaviour{})
	r := measure(t, s, alg)
	if r.NAT != probe.Unknown || r.Mapping != probe.NotDetermined || !strings.Contains(r.Reason, "in clear") {
		t.Errorf("NAT %v, %v: %s", r.NAT, r.Mapping, r.Reason)
	}
}

func TestBlocked(t *testing.T) {
	v, v2 := server(a1, a2, nil), server(b1, b2, nil)
	s := newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{v, v2}, refnat.Behaviour{BlockUDP: true})
	// That the way is short is known, as TCP shows it.
	servers := []probe.Server{{Endpoint: a1, RTT: 40 * time.Millisecond}, {Endpoint: b1}}
	r, err := probe.UDP(s, servers, s.now.Add(30*time.Second))
	check(t, err)
	if r.Reachable || r.Mapping != probe.NotDetermined || r.Filtering != probe.NotDetermined ||
		r.NAT != probe.Unknown || r.Reason == "" {
		t.Errorf("blocked UDP gives %+v", r)
	}
	if limit := 6 * time.Second; time.Duration(r.Duration) > limit {
		t.Errorf("took %v, want at most %v", r.Duration, limit)
	}
}

// Servers of RFC 3489, and those without RESPONSE-PORT, serve as well. The
// report says which requests they could not be shown to honour behind some NATs.
func TestPlainServers(t *testing.T) {
	for _, truth := range single() {
		for _, old := range []bool{false, true} {
			v := server(a1, a2, nil)
			v.old, v.noResponsePort = old, true
			s := newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{v}, truth.nats...)
			r := measure(t, s, v)
			if r.Mapping != truth.mapping || r.Filtering != truth.filtering {
				t.Errorf("%s: %v %v (%s)", truth.name, r.Mapping, r.Filtering, r.Reason)
			}
			if (r.Verified == probe.Yes) == (r.Reason != "") {
				t.Errorf("%s: verified %v, reason %q", truth.name, r.Verified, r.Reason)
			}
			if limit := 270 * time.Millisecond; time.Duration(r.Duration) > limit {
				t.Errorf("%s took %v, want at most %v", truth.name, r.Duration, limit)
			}
		}
	}
}

// A server that is silent about RESPONSE-PORT, as those that know only RFC 3489
// may be, costs little more, and no verdict.
func TestDeafToResponsePort(t *testing.T) {
	for _, truth := range single() {
		v := server(a1, a2, func(a *simAnswer) { a.silent = a.redirected })
		s := newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{v}, truth.nats...)
		r := measure(t, s, v)
		if r.Mapping != truth.mapping || r.Filtering != truth.filtering ||
			(r.Verified == probe.Yes) == (r.Reason != "") {
			t.Errorf("%s: %v %v, verified %v (%s)", truth.name, r.Mapping, r.Filtering, r.Verified, r.Reason)
		}
		if limit := 400 * time.Millisecond; time.Duration(r.Duration) > limit || r.Sent > 60 {
			t.Errorf("%s took %v and %d packets, want at most %v and 60", truth.name, r.Duration, r.Sent, limit)
		}
	}
}
