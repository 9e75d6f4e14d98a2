package probe_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

// A renumbering network is a sim whose NATs forget everything at a time, and have
// another outside address from then on.
type renumbering struct {
	*sim
	at  time.Time
	nat []refnat.Behaviour
}

func (r *renumbering) Receive(until time.Time) (probe.Arrival, bool) {
	s := r.sim
	if !r.at.IsZero() && !s.now.Before(r.at) {
		r.at = time.Time{}
		var err error
		if s.nats, err = newChain(7, outside[1:2], r.nat...); err != nil {
			panic(err)
		}
	}
	if !r.at.IsZero() && until.After(r.at) {
		// Go no further than that, and then on.
		if a, ok := s.Receive(r.at); ok {
			return a, true
		}
		return r.Receive(until)
	}
	return s.Receive(until)
}

// A NAT that gets another address while it is measured is not taken for one that
// differs by destination, whenever that happens; it is measured again.
func TestRenumbering(t *testing.T) {
	parts := time.Duration(sample(30)) // of five round trips
	for _, rtt := range []time.Duration{40 * time.Millisecond, 300 * time.Millisecond, 500 * time.Millisecond} {
		for _, truth := range single() {
			for after := time.Millisecond; after < 4*rtt; after += rtt * 5 / parts {
				v := server(a1, a2, nil)
				s := newSim(t, 3, weather{rtt: rtt}, []*simServer{v}, truth.nats...)
				r, err := probe.UDP(&renumbering{s, s.now.Add(after), truth.nats}, []probe.Server{{Endpoint: a1}},
					s.now.Add(30*time.Second))
				check(t, err)
				want := found{truth.mapping, truth.filtering, truth.nat}
				if diff := cmp.Diff(want, foundBy(r)); diff != "" || r.Sent != s.packets || r.Answered == 0 {
					t.Errorf("%s at %v, changed after %v, %d of %d packets counted (-want +got):\n%s%s", truth.name,
						rtt, after, r.Sent, s.packets, diff, r.Reason)
				}
			}
		}
	}
}

// A NAT that changes every time is not determined, and the report says why.
func TestEverChanging(t *testing.T) {
	next := 0
	v := server(a1, a2, func(a *simAnswer) {
		next++
		a.mapped = netip.AddrPortFrom(a.mapped.Addr(), uint16(10000+next))
	})
	r := measure(t, newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{v}, refnat.Behaviour{}), v)
	if r.Mapping != probe.NotDetermined || r.Filtering != probe.NotDetermined ||
		!strings.Contains(r.Reason, "has changed meanwhile") {
		t.Errorf("%v, %v: %s", r.Mapping, r.Filtering, r.Reason)
	}
}

// A server that limits its answers from elsewhere, or a NAT that limits those it
// lets in, is not taken for a filter where some of them are lost.
func TestLimitedAnswers(t *testing.T) {
	for _, perSecond := range []int{1, 2, 3, 5, 8} {
		for _, loss := range []float64{0, 0.05, 0.2} {
			t.Run(fmt.Sprintf("%d a second, %v lost", perSecond, loss), func(t *testing.T) {
				t.Parallel()
				wrong := 0
				for i := range sample(300) {
					left, second := perSecond, int64(0)
					var s *sim
					v := server(a1, a2, func(a *simAnswer) {
						if a.change.IP || a.change.Port {
							if now := s.now.Unix(); now != second {
								left, second = perSecond, now
							}
							left--
							a.silent = left < 0
						}
					})
					s = newSim(t, uint64(i), weather{rtt: 40 * time.Millisecond, loss: loss},
						[]*simServer{v}, refnat.Behaviour{})
					r := measure(t, s, v)
					if r.Filtering > probe.EndpointIndependent {
						wrong++
					}
				}
				if wrong > 0 {
					t.Errorf("%d of %d see a filter where there is none", wrong, sample(300))
				}
			})
		}
	}
}

// A server that no socket can be opened for is passed over, also while another
// one's answer is under way.
func TestUnopened(t *testing.T) {
	lost := netip.MustParseAddrPort("203.0.113.66:3478")
	v := server(a1, a2, nil)
	for name, order := range map[string][]probe.Server{
		"first":           {{Endpoint: lost}, {Endpoint: a1}},
		"after the good":  {{Endpoint: a1}, {Endpoint: lost}},
		"after a silent":  {{Endpoint: b1}, {Endpoint: lost}, {Endpoint: a1}},
		"by name, silent": {{Endpoint: b1}, {Endpoint: lost, Name: "lost"}, {Endpoint: a1}},
	} {
		s := newSim(t, 1, weather{rtt: 800 * time.Millisecond}, []*simServer{v}, refnat.Behaviour{})
		r, err := probe.UDP(unroutable{s, lost.Addr()}, order, s.now.Add(30*time.Second))
		check(t, err)
		if r.Mapping != probe.EndpointIndependent || r.Filtering != probe.EndpointIndependent {
			t.Errorf("%s: %v, %v: %s", name, r.Mapping, r.Filtering, r.Reason)
		}
	}
	s := newSim(t, 1, weather{}, nil)
	r, err := probe.UDP(unroutable{s, lost.Addr()}, []probe.Server{{Endpoint: lost}}, time.Time{})
	if err == nil || !refusedFor(r, "no way there") || !strings.Contains(r.Reason, "no way there") {
		t.Errorf("alone: %v, %+v", err, r)
	}
}

// An unroutable network has no way to an address.
type unroutable struct {
	*sim
	addr netip.Addr
}

func (u unroutable) Open(server netip.Addr, port uint16) (probe.Socket, error) {
	if server == u.addr {
		return probe.Socket{}, fmt.Errorf("no way there")
	}
	return u.sim.Open(server, port)
}
