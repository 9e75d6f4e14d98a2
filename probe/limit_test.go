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

// A bucket is a limit: so many questions a second, and a burst of them at once.
type bucket struct {
	perSecond, burst float64

	tokens float64
	last   time.Time
}

func (b *bucket) lets(now time.Time) bool {
	if b.last.IsZero() {
		b.tokens = b.burst
	} else {
		b.tokens = min(b.burst, b.tokens+b.perSecond*now.Sub(b.last).Seconds())
	}
	b.last = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

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
			{bucket{perSecond: 10, burst: 1}, 0.98}, {bucket{perSecond: 5, burst: 5}, 0.9},
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

// A policer takes packets of the host, wherever they go.
type policer struct {
	*sim
	bucket
}

func (p *policer) Open(server netip.Addr, port uint16) (probe.Socket, error) {
	socket, err := p.sim.Open(server, port)
	send := socket.Send
	socket.Send = func(to netip.AddrPort, payload []byte) {
		if p.lets(p.now) {
			send(to, payload)
		}
	}
	return socket, err
}

// A limit on the way to all servers is not shared out among them: one is asked to the end.
func TestSharedLimit(t *testing.T) {
	for _, b := range []bucket{{perSecond: 10, burst: 5}, {perSecond: 20, burst: 2}, {perSecond: 50, burst: 5}} {
		var sc score
		for i, truth := range single() {
			v, w := server(a1, a2, nil), server(b1, b2, nil)
			s := newSim(t, uint64(i), weather{rtt: 40 * time.Millisecond}, []*simServer{v, w}, truth.nats...)
			servers := []probe.Server{{Endpoint: a1}, {Endpoint: b1}}
			r, err := probe.UDP(&policer{s, b}, servers, s.now.Add(20*time.Second))
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

// Limits of other rates and bursts, of a server and on the way to it, cost a verdict at
// most. The server is seldom blamed for them, and no quota of sessions is.
func TestOtherLimits(t *testing.T) {
	runs, exact, blamed := 0, 0, 0
	for _, b := range []bucket{
		{perSecond: 50, burst: 1}, {perSecond: 50, burst: 10}, {perSecond: 20, burst: 2}, {perSecond: 15, burst: 15},
		{perSecond: 4, burst: 8}, {perSecond: 3, burst: 1}, {perSecond: 2, burst: 5}, {perSecond: 1, burst: 10},
	} {
		for _, rtt := range []time.Duration{time.Millisecond, 40 * time.Millisecond, 3 * time.Second} {
			for i, truth := range append(single(), others()...) {
				if i%4 != 0 {
					continue
				}
				for _, onTheWay := range []bool{false, true} {
					v := server(a1, a2, nil)
					s := newSim(t, uint64(i), weather{rtt: rtt, jitter: rtt / 5}, []*simServer{v}, truth.nats...)
					limit, net := b, probe.Transport(s)
					if onTheWay {
						net = &policer{s, b}
					} else {
						v.lie = func(a *simAnswer) { a.silent = !limit.lets(s.now) }
					}
					r, err := probe.UDP(net, []probe.Server{{Endpoint: a1}}, s.now.Add(20*time.Second))
					check(t, err)
					name := fmt.Sprintf("%v a second, burst of %v, %v, %s", b.perSecond, b.burst, rtt, truth.name)
					if r.Mapping != truth.mapping && r.Mapping != probe.NotDetermined ||
						r.Filtering != truth.filtering && r.Filtering != probe.NotDetermined || truth.contradicts(r) {
						t.Errorf("%s: %v, %v, %+v: %s", name, r.Mapping, r.Filtering, r.Ports, r.Reason)
					}
					if r.Sent > 100 || strings.Contains(r.Reason, "no more sessions") {
						t.Errorf("%s: %d packets: %s", name, r.Sent, r.Reason)
					}
					runs++
					if r.Mapping == truth.mapping && r.Filtering == truth.filtering {
						exact++
					}
					if strings.Contains(r.Reason, "CHANGE-REQUEST") && r.Filtering == probe.NotDetermined {
						blamed++
					}
				}
			}
		}
	}
	t.Logf("%d of %d runs are exact, and the server is blamed in %d", exact, runs, blamed)
	if exact < runs/2 || blamed > runs/50 {
		t.Errorf("%d of %d runs are exact, and the server is blamed in %d", exact, runs, blamed)
	}
}

// A question is judged beside a control of its own path, also where another question has become
// the next one meanwhile.
func TestSlowControls(t *testing.T) {
	if !probe.CrawlsBeside(a1, a2) {
		t.Error("a question has the control of another")
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
