package probe_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

// A long way is waited for: over satellites and bad mobile networks, answers take
// seconds.
func TestLongWay(t *testing.T) {
	for _, rtt := range []time.Duration{1500 * time.Millisecond, 2400 * time.Millisecond} {
		for _, truth := range single() {
			v := server(a1, a2, nil)
			s := newSim(t, 1, weather{rtt: rtt}, []*simServer{v}, truth.nats...)
			r, err := probe.UDP(s, []probe.Server{{Endpoint: a1}}, s.now.Add(20*time.Second))
			check(t, err)
			want := found{truth.mapping, truth.filtering, truth.nat}
			if diff := cmp.Diff(want, foundBy(r)); diff != "" || r.Sent > 60 {
				t.Errorf("%s at %v: %d packets in %v (-want +got):\n%s%s", truth.name, rtt, r.Sent, r.Duration,
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
		{40 * time.Millisecond, 20 * time.Second, 1400 * time.Millisecond},
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
