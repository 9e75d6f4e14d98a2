package suites_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/topology/refnat"
)

var lossRuns = flag.Int("loss-runs", 6, "how many runs judge a NAT that loses packets")

// A NAT that loses three packets of a hundred and breaks nothing fails nothing,
// and next to nothing is inconclusive.
func TestLossFailsNothing(t *testing.T) {
	var mu sync.Mutex
	specs, inconclusive, repeated := 0, 0, 0
	steps := map[string][]string{}
	for _, r := range judge(t, memory, nil) {
		steps[r.Spec] = r.Steps
	}
	seeds := *lossRuns
	if underRace { // make test runs all without it
		seeds = 1
	}
	t.Run("seeds", func(t *testing.T) {
		for seed := range seeds {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				results := judge(t, fmt.Sprintf("%s:loss-3,seed-%d", memory, seed), nil)
				mu.Lock()
				defer mu.Unlock()
				for _, r := range results {
					specs++
					switch r.Verdict {
					case reports.Pass:
					case reports.Inconclusive:
						inconclusive++
						t.Logf("inconclusive: %s: %s", r.Spec, r.Reason)
					default:
						t.Errorf("%s: %s: %s\n%s", r.Verdict, r.Requirement, r.Spec, r.Reason)
					}
					if slices.ContainsFunc(r.Observed, losesPackets) {
						repeated++
					}
					if len(r.Steps) > len(steps[r.Spec]) {
						t.Errorf("%s: %d steps, want those of its last try, %d at most",
							r.Spec, len(r.Steps), len(steps[r.Spec]))
					}
				}
			})
		}
	})
	t.Logf("%d specs, %d of them repeated, %d inconclusive", specs, repeated, inconclusive)
	if inconclusive*100 >= specs {
		t.Errorf("%d of %d specs are inconclusive", inconclusive, specs)
	}
	if repeated == 0 {
		t.Error("no spec says that it was repeated since the NAT loses packets")
	}
}

func losesPackets(observed string) bool {
	return strings.HasPrefix(observed, "the NAT loses packets: ")
}

// What a NAT never lets through fails even where it loses packets besides.
func TestFaultsFailUnderLoss(t *testing.T) {
	faults := []string{"no-hairpin", "filtering-by-address-and-port", "short-default-timer"}
	if underRace { // make test runs all without it
		faults = faults[:1]
	}
	for _, fault := range faults {
		results := judge(t, memory+":loss-3,"+fault, nil)
		var failed []string
		for _, r := range results {
			if r.Verdict == reports.Fail && !slices.Contains(sums(), r.Requirement) {
				failed = append(failed, r.Requirement)
			}
		}
		if got, want := unique(failed), refnat.FaultBreaks(fault); !slices.Equal(got, want) {
			t.Errorf("%s: %v fail, want %v", fault, got, want)
		}
	}
}

// Without any loss, a silence that breaks a clause costs a few repeats, and one
// that breaks none costs nothing. Which specs run first, when too few controls have
// been sent to know that there is no loss, changes with every spec that is added:
// those may cost one more.
func TestRepeatsWithoutLoss(t *testing.T) {
	if underRace {
		t.Skip("make test runs it without the race detector as well, where it takes seconds")
	}
	for _, r := range judge(t, memory+":filtering-by-address-and-port", nil) {
		for _, observed := range r.Observed {
			if strings.Contains(observed, "the NAT loses") {
				t.Errorf("%s: %s", r.Spec, observed)
			}
			var tries, lost, controls int
			_, err := fmt.Sscanf(observed, "all %d tries failed, each with a fresh NAT and fresh endpoints; "+
				"%d of %d controls were lost", &tries, &lost, &controls)
			few := 3
			if controls < 100 {
				few = 4
			}
			if r.Verdict == reports.Fail && err == nil && tries > few {
				t.Errorf("%s: %s", r.Spec, observed)
			}
		}
	}
}
