package probe_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/probe/stun"
	"github.com/natproof/natproof/topology/refnat"
)

// limited is a server with a limit, which both of its addresses share.
func limited(now func() time.Time, b bucket) *simServer {
	return server(a1, a2, func(a *simAnswer) { a.silent = !b.lets(now()) })
}

// A limit is not taken for loss or for a filter. It takes time and not many packets.
func TestRateLimit(t *testing.T) {
	truths := append(single(), others()...)
	for _, rtt := range []time.Duration{time.Millisecond, 40 * time.Millisecond, 300 * time.Millisecond} {
		for _, test := range []struct {
			bucket bucket
			exact  float64
		}{
			{bucket{perSecond: 30, burst: 5}, 0.99}, {bucket{perSecond: 10, burst: 5}, 0.98},
			{bucket{perSecond: 10, burst: 1}, 0.98}, {bucket{perSecond: 5, burst: 5}, 0.98},
			{bucket{perSecond: 3, burst: 5}, 0.95}, {bucket{perSecond: 2, burst: 5}, 0.95},
		} {
			t.Run(fmt.Sprintf("%v, %+v", rtt, test.bucket), func(t *testing.T) {
				t.Parallel()
				var sc score
				most, all := 0, 0
				for i, truth := range truths {
					var s *sim
					v := limited(func() time.Time { return s.now }, test.bucket)
					s = newSim(t, uint64(i), weather{rtt: rtt}, []*simServer{v}, truth.nats...)
					r := measure(t, s, v)
					sc.add(t, i, truth, r)
					most, all = max(most, r.Sent), all+r.Sent
				}
				t.Logf("%v, at most %d packets, %d on average", sc, most, all/sc.runs)
				if sc.wrong > 0 || float64(sc.exact) < test.exact*float64(sc.runs) || most > 100 {
					t.Errorf("%v, at most %d packets", sc, most)
				}
			})
		}
	}
}

// A limit on the way to all servers is not shared out among them: one is asked to the end.
func TestSharedLimit(t *testing.T) {
	for _, b := range []bucket{{perSecond: 10, burst: 5}, {perSecond: 20, burst: 2}, {perSecond: 50, burst: 5}} {
		var sc score
		for i, truth := range single() {
			v, w := server(a1, a2, nil), server(b1, b2, nil)
			s := newSim(t, uint64(i), weather{rtt: 40 * time.Millisecond}, []*simServer{v, w}, truth.nats...)
			servers := []probe.Server{{Endpoint: a1}, {Endpoint: b1}}
			r, err := probe.UDP(&policer{s, b.gate()}, servers, s.now.Add(20*time.Second))
			check(t, err)
			sc.add(t, i, truth, r)
			if r.Sent > 100 {
				t.Errorf("%+v, %s: %d packets", b, truth.name, r.Sent)
			}
		}
		t.Logf("%+v: %v", b, sc)
		if sc.wrong > 0 || float64(sc.exact) < 0.85*float64(sc.runs) {
			t.Errorf("%+v: %v", b, sc)
		}
	}
}

// Other limits, of a server and on the way to it, cost a verdict at most. The server is seldom blamed for
// them, and no quota of sessions is.
func TestOtherLimits(t *testing.T) {
	of := func(perSecond, burst float64) func() gate {
		return func() gate { return bucket{perSecond: perSecond, burst: burst}.gate() }
	}
	in := func(n int, width time.Duration) func() gate { return func() gate { return window(n, width) } }
	for _, test := range []struct {
		name  string
		gate  func() gate
		exact float64 // at least this share
	}{
		{"50 a second", of(50, 1), 0.9}, {"50 a second, 10 at once", of(50, 10), 0.9},
		{"20 a second, 2 at once", of(20, 2), 0.9}, {"15 a second, 15 at once", of(15, 15), 0.9},
		{"4 a second, 8 at once", of(4, 8), 0.7}, {"3 a second", of(3, 1), 0.8},
		{"1 a second, 5 at once", of(1, 5), 0.3}, {"1 a second, 10 at once", of(1, 10), 0.3},
		{"20 in each second", in(20, time.Second), 0.9}, {"10 in each second", in(10, time.Second), 0.9},
		{"5 in each second", in(5, time.Second), 0.75}, {"3 in each second", in(3, time.Second), 0.8},
		{"20 in each 10 s", in(20, 10*time.Second), 0.7}, {"5 in each 10 s", in(5, 10*time.Second), 0},
		{"banned while it asks for more than 10 a second",
			func() gate { return ban(10, time.Second, 0) }, 0.7},
		{"banned for 2 s after more than 10 a second",
			func() gate { return ban(10, time.Second, 2*time.Second) }, 0.8},
		{"a queue of 5, 10 a second", func() gate { return shape(10, 5) }, 0.9},
		{"a queue of 3, 3 a second", func() gate { return shape(3, 3) }, 0.8},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, place := range []string{"server", "way out", "way in"} {
				for _, rtt := range []time.Duration{time.Millisecond, 40 * time.Millisecond, 300 * time.Millisecond} {
					limitedRun(t, place, rtt, test.gate, test.exact)
				}
			}
		})
	}
	for place, last := range map[string]func() gate{
		"each socket": of(10, 1), "each destination": in(5, time.Second), "other address": in(5, time.Second),
		"CHANGE-REQUEST": in(5, time.Second),
	} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			for _, g := range []func() gate{of(10, 5), of(2, 2), last} {
				for _, rtt := range []time.Duration{time.Millisecond, 40 * time.Millisecond, 300 * time.Millisecond} {
					limitedRun(t, place, rtt, g, 0.7)
				}
			}
		})
	}
}

// limitedRun measures every other NAT where a limit is in the way of what the place says.
func limitedRun(t *testing.T, place string, rtt time.Duration, new func() gate, share float64) {
	runs, exact, blamed := 0, 0, 0
	for i, truth := range append(single(), others()...) {
		if i%4 != 0 {
			continue
		}
		gates := map[string]gate{}
		passes := func(key any, now time.Time) bool {
			of := fmt.Sprint(key)
			if gates[of] == nil {
				gates[of] = new()
			}
			_, passes := gates[of](now)
			return passes
		}
		var s *sim
		v := server(a1, a2, func(a *simAnswer) {
			switch place {
			case "server":
				a.silent = !passes("", s.now)
			case "way in":
				a.silent = !passes(a.from.Addr(), s.now)
			case "each socket":
				a.silent = !passes(a.to, s.now)
			case "each destination":
				a.silent = !passes(a.at, s.now)
			case "other address":
				a.silent = a.from.Addr() == a2.Addr() && !passes("", s.now)
			case "CHANGE-REQUEST":
				a.silent = a.change != stun.ChangeRequest{} && !passes("", s.now)
			}
		})
		s = newSim(t, uint64(i), weather{rtt: rtt, jitter: rtt / 5}, []*simServer{v}, truth.nats...)
		net := probe.Transport(s)
		if place == "way out" {
			net = &policer{s, new()}
		}
		r, err := probe.UDP(net, []probe.Server{{Endpoint: a1}}, s.now.Add(20*time.Second))
		check(t, err)
		unchecked := r.Verified == probe.Unknown && r.Filtering != probe.NotDetermined && r.Reason != ""
		if r.Mapping != truth.mapping && r.Mapping != probe.NotDetermined || truth.contradicts(r) ||
			r.Filtering != truth.filtering && r.Filtering != probe.NotDetermined && !unchecked {
			t.Errorf("%s, %v, %s: %v, %v, %+v: %s", place, rtt, truth.name, r.Mapping, r.Filtering, r.Ports, r.Reason)
		}
		if r.Sent > 100 || strings.Contains(r.Reason, "no more sessions") && place != "other address" {
			t.Errorf("%s, %v, %s: %d packets: %s", place, rtt, truth.name, r.Sent, r.Reason)
		}
		runs++
		if r.Mapping == truth.mapping && r.Filtering == truth.filtering {
			exact++
		}
		if strings.Contains(r.Reason, "CHANGE-REQUEST") && !unchecked {
			blamed++
		}
	}
	t.Logf("%s, %v: %d of %d runs are exact, and the server is blamed in %d", place, rtt, exact, runs, blamed)
	if float64(exact) < share*float64(runs) || blamed > 0 {
		t.Errorf("%s, %v: %d of %d runs are exact, and the server is blamed in %d", place, rtt, exact, runs, blamed)
	}
}

// Where a limit is too low for a verdict, the report names it, and not loss or a
// filter, and the next server is asked early.
func TestTooLimited(t *testing.T) {
	for _, truth := range single() {
		var s *sim
		now := func() time.Time { return s.now }
		low := bucket{perSecond: 0.5, burst: 4}
		v, w := limited(now, low), server(b1, b2, nil)
		s = newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{v, w}, truth.nats...)
		r := measure(t, s, v)
		exact := r.Mapping == truth.mapping && r.Filtering == truth.filtering
		none := r.Filtering == probe.NotDetermined && strings.Contains(r.Reason, "limited: ")
		if !exact && !none || r.Sent > 100 {
			t.Errorf("%s: %v, %v with %d packets: %s", truth.name, r.Mapping, r.Filtering, r.Sent, r.Reason)
		}
		v = limited(now, low)
		s = newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{v, w}, truth.nats...)
		r = measure(t, s, v, w)
		if r.Mapping != truth.mapping || r.Filtering != truth.filtering || r.Server != b1.String() ||
			time.Duration(r.Duration) > time.Second {
			t.Errorf("%s: %v, %v by %s in %v: %s", truth.name, r.Mapping, r.Filtering, r.Server, r.Duration, r.Reason)
		}
	}
}

// Nothing is sent without end, whatever is lost.
func TestBudget(t *testing.T) {
	for i, loss := range []float64{0.3, 0.5, 0.7, 0.9} {
		for seed := range sample(50) {
			v := server(a1, a2, nil)
			s := newSim(t, uint64(seed), weather{rtt: 40 * time.Millisecond, loss: loss}, []*simServer{v},
				refnat.Behaviour{Filtering: dependences[i%3]})
			if r := measure(t, s, v); r.Sent > 100 || s.packets != r.Sent {
				t.Errorf("%v lost: %d packets were sent, %d told", loss, s.packets, r.Sent)
			}
		}
	}
}

// Servers that turn out to be unsuited, or tell a part only, count as well.
func TestBudgetForAllServers(t *testing.T) {
	away := func(a netip.AddrPort) bool { return a.Port() == a2.Port() }
	for name, lie := range map[string]func(*simAnswer){
		"deaf to CHANGE-REQUEST": func(a *simAnswer) { a.silent = a.change != stun.ChangeRequest{} },
		"deaf at the other port": func(a *simAnswer) { a.silent = away(a.at) || away(a.from) },
		"with another view each time": func(a *simAnswer) {
			a.mapped = netip.AddrPortFrom(a.mapped.Addr(), a.mapped.Port()+uint16(a.server.requests))
		},
	} {
		for _, f := range dependences {
			var servers []*simServer
			for i := range 10 {
				at := func(third byte, port uint16) netip.AddrPort {
					return netip.AddrPortFrom(netip.AddrFrom4([4]byte{203, 0, third, byte(i + 1)}), port)
				}
				servers = append(servers, server(at(113, 3478), at(114, 3479), lie))
			}
			s := newSim(t, 1, weather{rtt: 40 * time.Millisecond}, servers, refnat.Behaviour{Filtering: f})
			if r := measure(t, s, servers...); s.packets > 100 || s.packets != r.Sent {
				t.Errorf("%s, %v: %d packets were sent, %d told: %s", name, f, s.packets, r.Sent, r.Reason)
			}
		}
	}
}
