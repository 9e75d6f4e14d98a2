package probe_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

// runs is for measuring rare events: -runs 100000 takes minutes.
var runs = flag.Int("runs", 1000, "simulated runs in each weather")

var update = flag.Bool("update", false, "write the golden files")

// A score counts the outcomes of many runs.
type score struct {
	runs, exact, wrong, undetermined int
	wall                             time.Duration
}

// add takes in what the i-th run found of a truth.
func (sc *score) add(t *testing.T, i int, truth truth, r *probe.Result) {
	t.Helper()
	sc.runs++
	sc.wall += time.Duration(r.Duration)
	ok := func(got, want probe.Dependence) bool { return got == want || got == probe.NotDetermined }
	switch {
	case r.Mapping != probe.NotDetermined && truth.contradicts(r):
		sc.wrong++
		t.Logf("run %d: %s shown as %v, %+v", i, truth.name, r.Pooling, r.Ports)
	case !ok(r.Mapping, truth.mapping) || !ok(r.Filtering, truth.filtering) ||
		r.NAT != truth.nat && r.NAT != probe.Unknown:
		sc.wrong++
		t.Logf("run %d: %s taken for %v, %v, NAT %v (wrong filtered %.2g, %s)", i, truth.name, r.Mapping, r.Filtering,
			r.NAT, r.WrongFiltered, r.Reason)
	case r.Mapping == truth.mapping && r.Filtering == truth.filtering && r.NAT == truth.nat:
		sc.exact++
	default:
		sc.undetermined++
		t.Logf("run %d: %s: %s", i, truth.name, r.Reason)
	}
}

func (sc score) String() string {
	return fmt.Sprintf("%d runs: %d exact, %d wrong, %d not determined, %v each",
		sc.runs, sc.exact, sc.wrong, sc.undetermined, (sc.wall / time.Duration(sc.runs)).Round(10*time.Microsecond))
}

// play runs every truth in turn in one weather, until n runs are done.
func play(t *testing.T, w weather, n int) score {
	t.Helper()
	truths := append(single(), others()...)
	var sc score
	for i := range n {
		truth := truths[i%len(truths)]
		v := server(a1, a2, nil)
		sc.add(t, i, truth, measure(t, newSim(t, uint64(i), w, []*simServer{v}, truth.nats...), v))
	}
	return sc
}

func TestLoss(t *testing.T) {
	const rtt = 40 * time.Millisecond
	for _, test := range []struct {
		name    string
		weather weather
		exact   float64 // at least this share
	}{
		{"5 %", weather{rtt: rtt, loss: 0.05}, 0.995},
		{"10 %", weather{rtt: rtt, loss: 0.10}, 0.99},
		{"20 %", weather{rtt: rtt, loss: 0.20}, 0.99},
		{"20 % at 300 ms", weather{rtt: 300 * time.Millisecond, loss: 0.20}, 0.98},
		{"5 % in bursts of 3", weather{rtt: rtt, loss: 0.05, burst: 3}, 0.99},
		{"10 % in bursts of 8", weather{rtt: rtt, loss: 0.10, burst: 8}, 0.975},
		{"jitter", weather{rtt: rtt, jitter: 30 * time.Millisecond}, 0.995},
		{"jitter at 1 ms", weather{rtt: time.Millisecond, jitter: 100 * time.Millisecond}, 0.995},
		{"duplicates out of order",
			weather{rtt: rtt, jitter: 80 * time.Millisecond, duplicate: 0.3, loss: 0.02}, 0.995},
		{"loss in the house", weather{rtt: rtt, lanLoss: 0.05}, 0.995},
		{"a bad path to the other address", weather{rtt: rtt, farLoss: 0.3}, 0.99},
		{"everything", weather{rtt: 80 * time.Millisecond, jitter: 40 * time.Millisecond, loss: 0.08, burst: 2,
			duplicate: 0.1, lanLoss: 0.03}, 0.95},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			// A fifth is twice through every kind of NAT.
			sc := play(t, test.weather, sample(*runs))
			t.Log(sc)
			if sc.wrong > 0 {
				t.Errorf("%d of %d verdicts are wrong", sc.wrong, sc.runs)
			}
			// The share is one of many.
			if share := float64(sc.exact) / float64(sc.runs); share < test.exact && !testing.Short() {
				t.Errorf("%.4f of the verdicts are exact, want %.4f", share, test.exact)
			}
		})
	}
}

// A packet that is lost before the NAT makes a mapping late. The report still
// tells nothing wrong of ports, and mostly the whole truth.
func TestPortsInLoss(t *testing.T) {
	runs := sample(400)
	kinds := []refnat.Behaviour{
		{}, {ParityIgnored: true}, {Ports: refnat.PortSequential}, {Ports: refnat.PortSequential, ParityIgnored: true},
	}
	for _, lanLoss := range []float64{0.02, 0.05} {
		for _, m := range dependences {
			for _, b := range kinds {
				b.Mapping = m
				truth := truth{
					name: fmt.Sprintf("%v, %v, parity ignored: %v", m, b.Ports, b.ParityIgnored),
					nats: []refnat.Behaviour{b}, mapping: dependence(m), filtering: probe.EndpointIndependent,
					nat: probe.Yes,
				}
				var sc score
				whole := 0
				for i := range runs {
					v := server(a1, a2, nil)
					r := measure(t, newSim(t, uint64(i), weather{rtt: 40 * time.Millisecond, lanLoss: lanLoss},
						[]*simServer{v}, b), v)
					sc.add(t, i, truth, r)
					if cmp.Equal(truth.shows(r), shownBy(r)) {
						whole++
					}
				}
				if sc.wrong > 0 || whole < runs/2 {
					t.Errorf("%s, %g lost: %d of %d wrong, %d the whole truth", truth.name,
						lanLoss, sc.wrong, runs, whole)
				}
			}
		}
	}
}
