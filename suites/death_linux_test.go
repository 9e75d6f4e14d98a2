package suites_test

import (
	"strings"
	"testing"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
)

// The reference NAT dies on a wire as it does in memory, and the rest is judged.
func TestDeathOnTheWire(t *testing.T) {
	t.Parallel()
	run, err := suites.Run(t.Context(), suites.Config{
		NAT: "ref:dies-of-source-quench", Only: []string{"rfc4787.req-12"},
	})
	if err != nil {
		t.Fatal(err)
	}
	count := map[reports.Verdict]int{}
	for _, r := range run.Results {
		count[r.Verdict]++
		if (r.Verdict != reports.Pass) != strings.Contains(r.Reason, "a Source Quench came") {
			t.Errorf("%s: %s: %s", r.Spec, r.Verdict, r.Reason)
		}
	}
	if count[reports.Fail] != 1 || count[reports.Inconclusive] == 0 || count[reports.Pass] == 0 {
		t.Errorf("verdicts %v", count)
	}
	if got := run.ExitStatus(false); got != reports.ExitFailed {
		t.Errorf("exit status %d", got)
	}
}
