package probe_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

// The limits that a run without loss keeps to, by the kind of filter.
func TestFigures(t *testing.T) {
	const packets = 30
	for _, test := range []struct {
		rtt   time.Duration
		limit map[probe.Dependence]time.Duration
	}{
		{900 * time.Microsecond, map[probe.Dependence]time.Duration{
			probe.EndpointIndependent: 60 * time.Millisecond, probe.AddressDependent: 60 * time.Millisecond,
			probe.AddressAndPortDependent: 60 * time.Millisecond,
		}},
		{40 * time.Millisecond, map[probe.Dependence]time.Duration{
			probe.EndpointIndependent: 120 * time.Millisecond, probe.AddressDependent: 200 * time.Millisecond,
			probe.AddressAndPortDependent: 200 * time.Millisecond,
		}},
		{300 * time.Millisecond, map[probe.Dependence]time.Duration{
			probe.EndpointIndependent: time.Second, probe.AddressDependent: time.Second,
			probe.AddressAndPortDependent: time.Second,
		}},
	} {
		longest, most := map[probe.Dependence]time.Duration{}, 0
		for i, truth := range append(single(), others()...) {
			v := server(a1, a2, nil)
			s := newSim(t, uint64(i), weather{rtt: test.rtt}, []*simServer{v}, truth.nats...)
			r := measure(t, s, v)
			longest[r.Filtering] = max(longest[r.Filtering], time.Duration(r.Duration))
			most = max(most, r.Sent)
			if limit := test.limit[r.Filtering]; time.Duration(r.Duration) > limit {
				t.Errorf("%s at %v took %v, more than %v", truth.name, test.rtt, r.Duration, limit)
			}
			if r.Sent > packets || r.Sent != s.packets {
				t.Errorf("%s at %v took %d packets and says %d, more than %d", truth.name, test.rtt,
					s.packets, r.Sent, packets)
			}
			if r.WrongFiltered >= 0.001 || (r.WrongFiltered > 0) != (r.Filtering != probe.EndpointIndependent) {
				t.Errorf("%s: wrong_filtered_probability %g", truth.name, r.WrongFiltered)
			}
		}
		t.Logf("RTT %v: at most %v, %d packets", test.rtt, longest, most)
	}
}

// BenchmarkWallTime gives the time that a run takes in the simulated network, as
// wall-ms/op, beside what it costs to compute.
func BenchmarkWallTime(b *testing.B) {
	for _, rtt := range []time.Duration{time.Millisecond, 40 * time.Millisecond, 300 * time.Millisecond} {
		for name, behaviour := range map[string]refnat.Behaviour{
			"EIF": {}, "ADF": {Filtering: refnat.AddressDependent}, "APDF": {Filtering: refnat.AddressAndPortDependent},
			"symmetric": {Mapping: refnat.AddressAndPortDependent, Filtering: refnat.AddressAndPortDependent},
			"blocked":   {BlockUDP: true},
		} {
			b.Run(fmt.Sprintf("%s/rtt=%v", name, rtt), func(b *testing.B) {
				var wall time.Duration
				sent := 0
				for i := range b.N {
					v := server(a1, a2, nil)
					r := measure(b, newSim(b, uint64(i), weather{rtt: rtt}, []*simServer{v}, behaviour), v)
					wall += time.Duration(r.Duration)
					sent += r.Sent
				}
				b.ReportMetric(float64(wall.Microseconds())/1000/float64(b.N), "wall-ms/op")
				b.ReportMetric(float64(sent)/float64(b.N), "packets/op")
			})
		}
	}
}
