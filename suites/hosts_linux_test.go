package suites_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
)

// A counter is a NAT with a fault, or a rule too many or too few, and the requirements of
// hosts that it breaks.
type counter struct {
	nat    string
	breaks []string
}

// counters are run in namespaces, since hosts have no stack in memory.
var counters = []counter{
	{"ref:refusals-dropped", []string{"hosts.tcp-refused"}},
}

// TestHosts shows that every spec of real hosts passes with a sound NAT, and that some
// NAT fails it.
func TestHosts(t *testing.T) {
	for _, sound := range []string{"nftables", "ref"} {
		for spec, r := range verdicts(t, sound, []string{"hosts.*"}) {
			if ofHosts(r.Requirement) && r.Verdict != reports.Pass {
				t.Errorf("%s: %s: %s: %s\n%s", sound, r.Requirement, r.Verdict, spec, r.Reason)
			}
		}
	}
	var mu sync.Mutex
	failed := map[string]bool{}
	t.Run("counters", func(t *testing.T) {
		for _, c := range counters {
			t.Run(c.nat, func(t *testing.T) {
				t.Parallel()
				broken := map[string]bool{}
				for spec, r := range verdicts(t, c.nat, slices.Clone(c.breaks)) {
					if r.Verdict == reports.Fail {
						mu.Lock()
						failed[spec], broken[r.Requirement] = true, true
						mu.Unlock()
					}
				}
				for _, id := range c.breaks {
					if !broken[id] {
						t.Errorf("%s is not broken", id)
					}
				}
			})
		}
	})
	for _, r := range suites.Requirements() {
		for _, spec := range r.Specs {
			if ofHosts(r.ID) && !failed[spec] {
				t.Errorf("nothing proves that this spec of %s can fail: %s", r.ID, spec)
			}
		}
	}
}
