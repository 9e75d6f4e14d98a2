package suites_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/topology/refnat"
)

// dumped is what Gomega's own messages show of a value: its type, before it.
var dumped = regexp.MustCompile(`<[\w.*\[\]{}]+( \|[^>]*)?>: |len:\d|&?[a-z]\w*\.[A-Z]\w*\{`)

// TestReasonsAreWords: whatever is wrong with a NAT, the reason is told in words,
// and nobody has to know a type of ours to read it. Only what a fault breaks or
// blinds has a reason, as the table of faults holds.
func TestReasonsAreWords(t *testing.T) {
	t.Run("faults", func(t *testing.T) {
		for _, fault := range refnat.FaultNames() {
			t.Run(fault, func(t *testing.T) {
				t.Parallel()
				only := slices.Concat(refnat.FaultBreaks(fault), refnat.FaultBlinds(fault))
				for _, r := range judge(t, memory+":"+fault, only) {
					if r.Verdict == reports.Pass {
						continue
					}
					if found := dumped.FindString(r.Reason); found != "" {
						t.Errorf("%s: %s: %q in the reason:\n%s", r.Requirement, r.Spec, found, r.Reason)
					}
					if strings.TrimSpace(r.Reason) == "" {
						t.Errorf("%s: %s: %s without a reason", r.Requirement, r.Spec, r.Verdict)
					}
				}
			})
		}
	})
}
