package probe_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

func lifetimeOf(s *sim, longest time.Duration) *probe.Lifetime {
	return probe.UDPLifetime(s, probe.Server{Endpoint: a1}, longest, nil)
}

// Every bound on a lifetime is reported to people who wait.
func TestLifetimeProgress(t *testing.T) {
	s := newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{server(a1, a2, nil)},
		refnat.Behaviour{Lifetime: time.Minute})
	var told []probe.Span
	l := probe.UDPLifetime(s, probe.Server{Endpoint: a1}, 0, func(lived probe.Span) { told = append(told, lived) })
	if len(told) < 5 || told[0] != (probe.Span{}) || told[len(told)-1] != l.Stream {
		t.Errorf("told %v of %v", told, l.Stream)
	}
	if !slices.IsSortedFunc(told, func(a, b probe.Span) int { return int(a.AtLeast - b.AtLeast) }) {
		t.Errorf("not in order: %v", told)
	}
}

// A binding may expire while it is looked at, which takes long where much is lost.
// Then it was older than when that began.
func TestLifetimeInLoss(t *testing.T) {
	for seed := range uint64(sample(16)) {
		for _, want := range []time.Duration{10 * time.Second, 12500 * time.Millisecond, 30 * time.Second} {
			s := newSim(t, seed, weather{rtt: 300 * time.Millisecond, loss: 0.2}, []*simServer{server(a1, a2, nil)},
				refnat.Behaviour{Lifetime: want})
			l := lifetimeOf(s, 40*time.Second)
			for what, span := range map[string]probe.Span{"stream": l.Stream, "single": l.Single} {
				if span.Below != 0 && !holds(span, want) {
					t.Errorf("seed %d: %s of %v is %v", seed, what, want, span)
				}
			}
		}
	}
}

func holds(s probe.Span, want time.Duration) bool {
	return time.Duration(s.AtLeast) <= want && want <= time.Duration(s.Below)
}

func TestLifetime(t *testing.T) {
	for _, want := range []time.Duration{
		10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 3 * time.Minute, 4 * time.Minute,
	} {
		for _, m := range dependences {
			for _, f := range dependences {
				b := refnat.Behaviour{Mapping: m, Filtering: f, Lifetime: want, Ports: refnat.PortRandom}
				s := newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{server(a1, a2, nil)}, b)
				l := lifetimeOf(s, 0)
				if !holds(l.Stream, want) || !holds(l.Single, want) || l.Outbound != probe.Yes ||
					l.Inbound != probe.No {
					t.Errorf("%v %v %v: %+v", want, m, f, l)
				}
				if took := time.Duration(l.Duration); took > want*3/2+12*time.Second {
					t.Errorf("%v took %v", want, took)
				}
				if l.WrongExpired >= 1e-3 {
					t.Errorf("%v: wrong with a chance of %v", want, l.WrongExpired)
				}
			}
		}
	}
}

func TestLifetimeRefresh(t *testing.T) {
	for _, in := range []bool{false, true} {
		for _, out := range []bool{false, true} {
			t.Run(fmt.Sprintf("in=%v,out=%v", in, out), func(t *testing.T) {
				b := refnat.Behaviour{Lifetime: time.Minute, InboundRefresh: in, NoOutboundRefresh: !out}
				s := newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{server(a1, a2, nil)}, b)
				l := lifetimeOf(s, 0)
				if (l.Inbound == probe.Yes) != in || (l.Outbound == probe.Yes) != out ||
					l.Inbound == probe.Unknown || l.Outbound == probe.Unknown {
					t.Errorf("%+v", l)
				}
			})
		}
	}
}

func TestLifetimeWithLoss(t *testing.T) {
	const want = 90 * time.Second
	runs := sample(60)
	for _, test := range []struct{ loss, exact float64 }{{0.05, 0.95}, {0.2, 0.8}} {
		exact := 0
		for seed := range uint64(runs) {
			b := refnat.Behaviour{Filtering: refnat.AddressAndPortDependent, Lifetime: want}
			w := weather{rtt: 40 * time.Millisecond, jitter: 10 * time.Millisecond, loss: test.loss}
			l := lifetimeOf(newSim(t, seed, w, []*simServer{server(a1, a2, nil)}, b), 0)
			long := time.Duration(l.Stream.AtLeast) > want
			short := l.Stream.Below != 0 && time.Duration(l.Stream.Below) < want
			if long || short || l.Inbound == probe.Yes || l.Outbound == probe.No {
				t.Errorf("loss %v, seed %d: false: %+v", test.loss, seed, l)
			}
			if holds(l.Stream, want) && l.Inbound == probe.No && l.Outbound == probe.Yes {
				exact++
			}
		}
		t.Logf("loss %v: exact in %d of %d", test.loss, exact, runs)
		if float64(exact) < test.exact*float64(runs) && !testing.Short() { // a share of many
			t.Errorf("loss %v: exact in %d of %d", test.loss, exact, runs)
		}
	}
}

func TestLifetimeBeyondTheLongest(t *testing.T) {
	s := newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{server(a1, a2, nil)},
		refnat.Behaviour{Lifetime: time.Hour})
	l := lifetimeOf(s, time.Minute)
	if time.Duration(l.Stream.AtLeast) != time.Minute || l.Stream.Below != 0 || l.Inbound != probe.Unknown ||
		l.Reason == "" {
		t.Errorf("%+v", l)
	}
	if time.Duration(l.Duration) > 75*time.Second {
		t.Errorf("it took %v", l.Duration)
	}
}

func TestLifetimeNotDetermined(t *testing.T) {
	noRedirection := server(a1, a2, nil)
	noRedirection.noResponsePort = true
	for name, v := range map[string]*simServer{
		"no RESPONSE-PORT":      noRedirection,
		"ignores RESPONSE-PORT": server(a1, a2, func(a *simAnswer) { a.to = a.mapped }),
		"silent":                server(a1, a2, func(a *simAnswer) { a.silent = true }),
	} {
		s := newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{v}, refnat.Behaviour{})
		l := lifetimeOf(s, 0)
		if (l.Stream != probe.Span{}) || (l.Single != probe.Span{}) || l.Inbound != probe.Unknown || l.Reason == "" {
			t.Errorf("%s: %+v", name, l)
		}
		if time.Duration(l.Duration) > 10*time.Second {
			t.Errorf("%s: it took %v", name, l.Duration)
		}
	}
}

// A small is a network in which the NAT holds few bindings at once: a new one
// costs the one whose last packet is the longest ago.
type small struct {
	*sim
	room int
	held []int // sockets, the last one that has sent at the end
}

func (s *small) Open(server netip.Addr, port uint16) (probe.Socket, error) {
	socket, err := s.sim.Open(server, port)
	send := socket.Send
	socket.Send = func(to netip.AddrPort, payload []byte) {
		s.held = append(slices.DeleteFunc(s.held, func(id int) bool { return id == socket.ID }), socket.ID)
		s.held = s.held[max(0, len(s.held)-s.room):]
		send(to, payload)
	}
	return socket, err
}

func (s *small) Receive(until time.Time) (probe.Arrival, bool) {
	for {
		a, ok := s.sim.Receive(until)
		if !ok || slices.Contains(s.held, a.Socket) {
			return a, ok
		}
	}
}

// A binding that a NAT gives up for want of room has not expired. Where there is
// just room enough, it makes no difference.
func TestLifetimeInSmallTables(t *testing.T) {
	const want = 30 * time.Second
	measured := func(room int) (*probe.Lifetime, int) {
		network := newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{server(a1, a2, nil)},
			refnat.Behaviour{Lifetime: want})
		s := &small{sim: network, room: room}
		return probe.UDPLifetime(s, probe.Server{Endpoint: a1}, 0, nil), len(s.sockets)
	}
	_, all := measured(1000)
	for _, room := range []int{all, all + 1} {
		if l, _ := measured(room); !holds(l.Stream, want) || !holds(l.Single, want) {
			t.Errorf("room for %d of %d: %+v", room, all, l)
		}
	}
	for _, room := range []int{4, 20, all / 2, all - 10, all - 1} {
		l, _ := measured(room)
		reason := "this NAT cannot hold all bindings of this measurement at once, " +
			"so that a lost one need not have expired, or it holds bindings for a few seconds only"
		if diff := cmp.Diff(&probe.Lifetime{Reason: reason}, l,
			cmpopts.IgnoreFields(probe.Lifetime{}, "Sent", "Answered", "Duration")); diff != "" {
			t.Errorf("room for %d of %d (-want +got):\n%s", room, all, diff)
		}
		if time.Duration(l.Duration) > 8*time.Second {
			t.Errorf("room for %d of %d: it took %v", room, all, l.Duration)
		}
	}
}
