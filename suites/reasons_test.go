package suites_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/natproof/natproof/reports"
)

// dumped is what Gomega's own messages show of a value: its type, before it.
var dumped = regexp.MustCompile(`<[\w.*\[\]{}]+( \|[^>]*)?>: |len:\d|&?[a-z]\w*\.[A-Z]\w*\{`)

// wordsOnly wants a reason of each verdict but a pass, in words, and of a failure all that shows it.
func wordsOnly(t *testing.T, results []reports.Result) {
	t.Helper()
	for _, r := range results {
		if r.Verdict == reports.Pass {
			continue
		}
		checkShown(t, r)
		if found := dumped.FindString(r.Reason); found != "" {
			t.Errorf("%s: %s: %q in the reason:\n%s", r.Requirement, r.Spec, found, r.Reason)
		}
		if strings.TrimSpace(r.Reason) == "" {
			t.Errorf("%s: %s: %s without a reason", r.Requirement, r.Spec, r.Verdict)
		}
	}
}
