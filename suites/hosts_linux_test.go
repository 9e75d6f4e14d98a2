package suites_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
)

// TestHosts shows that every spec of kernels' stacks passes with a sound NAT, and that some
// NAT fails it.
func TestHosts(t *testing.T) {
	needNft(t)
	for _, sound := range []string{"nftables", "ref", kernel(t, "")} {
		for spec, r := range verdicts(t, sound, append(slices.Clone(ofNodes), "hosts.*")) {
			if sound == "ref" && !ofHosts(r.Requirement) && r.Verdict == reports.Unsupported {
				continue // it has no stack beside it
			}
			checkWait(t, r)
			if ofStacks(r.Requirement) && r.Verdict != reports.Pass {
				t.Errorf("%s: %s: %s: %s\n%s", sound, r.Requirement, r.Verdict, spec, r.Reason)
			}
		}
	}
	var mu sync.Mutex
	failed := map[string]bool{}
	t.Run("counters", func(t *testing.T) {
		for i, c := range counters {
			if underRace && i%12 > 0 {
				continue // a few will do for the race detector
			}
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				broken, ends := map[string]bool{}, map[string]string{}
				for spec, r := range verdicts(t, c.nat(t), slices.Clone(c.breaks)) {
					checkShown(t, r)
					ends[r.Requirement] = fmt.Sprintf("%s %s\n%s", r.Verdict, r.Reason, r.NATLog)
					if r.Verdict == reports.Fail {
						mu.Lock()
						failed[spec], broken[r.Requirement] = true, true
						mu.Unlock()
					}
				}
				for _, id := range known(c.breaks) {
					if !broken[id] {
						t.Errorf("%s is not broken: %s", id, ends[id])
					}
				}
			})
		}
	})
	for _, r := range suites.Requirements() {
		for _, spec := range r.Specs {
			if !underRace && ofStacks(r.ID) && !failed[spec] {
				t.Errorf("nothing proves that this spec of %s can fail: %s", r.ID, spec)
			}
		}
	}
}
