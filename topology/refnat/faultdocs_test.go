package refnat

import (
	"regexp"
	"strings"
	"testing"
)

// TestFaultDoes: of each fault a sentence says what it does, which stands by itself: it
// speaks of no other fault and of no field.
func TestFaultDoes(t *testing.T) {
	whole := regexp.MustCompile(`^(of [\w ]+ alone: )?[a-z].*\.$`)
	leaning := regexp.MustCompile(`\b(does it|does so|do so|[A-Z][a-z]+[A-Z]\w+)\b`)
	for _, name := range FaultNames() {
		does := FaultDoes(name)
		if !whole.MatchString(does) || strings.Contains(does, "Break") {
			t.Errorf("%s: %q is no sentence", name, does)
		}
		if found := leaning.FindString(does); found != "" {
			t.Errorf("%s: %q leans on another by %q", name, does, found)
		}
	}
	for name, want := range map[string]string{
		"no-hairpin":     "drops packets to external endpoints from inside.",
		"tcp-no-hairpin": "of TCP alone: drops packets to external endpoints from inside.",
		"no-such-fault":  "",
	} {
		if got := FaultDoes(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
