package probe_test

import (
	"flag"
	"sync"
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

// realRuns is for measuring rare events: -real-runs 1000 takes minutes.
var realRuns = flag.Int("real-runs", 24, "runs on real sockets in each weather")

// The duration of a run on real sockets is logged and not judged, since it
// depends on the load of the machine.
func TestWallTime(t *testing.T) {
	t.Parallel() // it waits
	const runs = 3
	kinds := []truth{
		{name: "EIF", filtering: probe.EndpointIndependent, nats: []refnat.Behaviour{{}}},
		{name: "ADF", filtering: probe.AddressDependent,
			nats: []refnat.Behaviour{{Filtering: refnat.AddressDependent}}},
		{name: "APDF", filtering: probe.AddressAndPortDependent,
			nats: []refnat.Behaviour{{Filtering: refnat.AddressAndPortDependent}}},
		{name: "blocked", nats: []refnat.Behaviour{{BlockUDP: true}}},
	}
	var mu sync.Mutex
	took, most := map[string][]probe.Millis{}, 0
	measureAll(t, runs*len(kinds), 2, func(i int, d *device) error {
		return d.become(weather{rtt: 40 * time.Millisecond}, uint64(i), kinds[i%len(kinds)].nats...)
	}, func(i int, r *probe.Result) {
		mu.Lock()
		defer mu.Unlock()
		kind := kinds[i%len(kinds)]
		if r.Filtering != kind.filtering {
			t.Errorf("%s taken for %v: %s", kind.name, r.Filtering, r.Reason)
		}
		took[kind.name], most = append(took[kind.name], r.Duration), max(most, r.Sent)
	})
	for _, kind := range kinds {
		t.Logf("RTT 40 ms, %s: %v", kind.name, took[kind.name])
	}
	t.Logf("at most %d packets", most)
	whole := newDevice(t)
	for i, kind := range kinds[:3] {
		var all, udp []probe.Millis
		for range runs {
			check(t, whole.become(weather{rtt: 40 * time.Millisecond}, uint64(i), kind.nats...))
			r := whole.lab.probe(theServer + " -filtering")
			if got := foundBy(r.TCP4); r.UDP4.Filtering != kind.filtering || got.Mapping != probe.EndpointIndependent {
				t.Errorf("%s: %+v, %+v", kind.name, r.UDP4, got)
			}
			all, udp = append(all, r.Duration), append(udp, r.UDP4.Duration)
		}
		t.Logf("RTT 40 ms, %s, with TCP, the router and the path: %v, of which UDP %v", kind.name, all, udp)
	}
}

// No verdict is wrong on real sockets, in any weather.
func TestLossOnSockets(t *testing.T) {
	t.Parallel() // it waits
	const rtt = 40 * time.Millisecond
	weathers := []struct {
		name string
		weather
	}{
		{"5 %", weather{rtt: rtt, loss: 0.05}},
		{"20 %", weather{rtt: rtt, loss: 0.20}},
		{"80 ms of jitter, 30 % duplicated, 2 % lost",
			weather{rtt: rtt, jitter: 80 * time.Millisecond, duplicate: 0.3, loss: 0.02}},
	}
	// Strides show few runs all kinds, and many runs every one.
	truths := append(single(), others()...)
	at := func(i int) truth { return truths[i/len(weathers)*61%len(truths)] }
	var mu sync.Mutex
	scores := make([]score, len(weathers))
	measureAll(t, *realRuns*len(weathers), 8, func(i int, d *device) error {
		return d.become(weathers[i%len(weathers)].weather, uint64(i), at(i).nats...)
	}, func(i int, r *probe.Result) {
		mu.Lock()
		defer mu.Unlock()
		scores[i%len(weathers)].add(t, i, at(i), r)
	})
	for i, sc := range scores {
		t.Logf("%s: %v", weathers[i].name, sc)
		if sc.wrong > 0 {
			t.Errorf("%s: %d of %d verdicts are wrong", weathers[i].name, sc.wrong, sc.runs)
		}
	}
}
