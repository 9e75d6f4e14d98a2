package probe_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

// A long way is waited for: over satellites and bad mobile networks, answers take
// seconds. So is one that is not up yet.
func TestLongWay(t *testing.T) {
	for _, test := range []struct {
		weather weather
		up      time.Duration
	}{
		{weather: weather{rtt: 1500 * time.Millisecond}}, {weather: weather{rtt: 2400 * time.Millisecond}},
		{weather: weather{rtt: 4 * time.Second}},
		{weather: weather{rtt: 40 * time.Millisecond, jitter: time.Second}},
		{weather{rtt: 40 * time.Millisecond}, 3 * time.Second}, {weather{rtt: 600 * time.Millisecond}, 3 * time.Second},
	} {
		for _, truth := range single() {
			v := server(a1, a2, nil)
			s := newSim(t, 1, test.weather, []*simServer{v}, truth.nats...)
			up := s.now.Add(test.up)
			later := func(now time.Time) (time.Duration, bool) { return 0, !now.Before(up) }
			r, err := probe.UDP(&policer{s, later}, []probe.Server{{Endpoint: a1}}, s.now.Add(20*time.Second))
			check(t, err)
			want := found{truth.mapping, truth.filtering, truth.nat}
			if diff := cmp.Diff(want, foundBy(r)); diff != "" || r.Sent > 60 {
				t.Errorf("%s in %+v: %d packets in %v (-want +got):\n%s%s", truth.name, test, r.Sent, r.Duration,
					diff, r.Reason)
			}
		}
	}
}

// How long silence is waited for depends on what is known of the way, and on the time
// that the whole run has.
func TestSilence(t *testing.T) {
	for _, test := range []struct{ rtt, timeout, want time.Duration }{
		{0, 20 * time.Second, 5 * time.Second},
		{0, 40 * time.Second, 10 * time.Second},
		{40 * time.Millisecond, 20 * time.Second, 5 * time.Second},
		{2 * time.Second, 20 * time.Second, 8 * time.Second},
		{0, 2 * time.Second, 2 * time.Second},
	} {
		s := newSim(t, 1, weather{}, nil, refnat.Behaviour{})
		r, err := probe.UDP(s, []probe.Server{{Endpoint: a1, RTT: test.rtt}}, s.now.Add(test.timeout))
		check(t, err)
		if time.Duration(r.Duration) != test.want || r.Reachable {
			t.Errorf("round trip %v, %v in all: waited %v, want %v", test.rtt, test.timeout, r.Duration, test.want)
		}
	}
}
