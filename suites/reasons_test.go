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
var dumped = regexp.MustCompile(`<[\w.*\[\]{}]+( \|[^>]*)?>: |len:\d|0x[0-9a-f]{6}|&?[a-z]\w*\.[A-Z]\w*\{`)

// undone are the requirements some of whose specs still tell their findings in
// Gomega's words, for want of a matcher.
var undone = []string{
	"rfc3022.napt-tuple", "rfc3022.udp-zero",
	"rfc4787.req-1", "rfc4787.req-2", "rfc4787.req-3", "rfc4787.req-3a", "rfc4787.req-4", "rfc4787.req-5a",
	"rfc4787.req-8", "rfc4787.req-11", "rfc4787.req-12b", "rfc4787.req-13a-order",
}

// TestReasonsAreWords: whatever is wrong with a NAT, the reason is told in words,
// and nobody has to know a type of ours to read it. Only what a fault breaks or
// blinds has a reason, as the table of faults holds.
func TestReasonsAreWords(t *testing.T) {
	t.Run("faults", func(t *testing.T) {
		for _, fault := range refnat.FaultNames() {
			t.Run(fault, func(t *testing.T) {
				t.Parallel()
				for _, r := range judge(t, memory+":"+fault, slices.Concat(refnat.FaultBreaks(fault), refnat.FaultBlinds(fault))) {
					if r.Verdict == reports.Pass || slices.Contains(undone, r.Requirement) {
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
