package suites

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites/rfc"
)

// What all specs have shown together is one row: that of the first spec that broke
// the requirement. Nobody is told what he did not ask for, unless that always counts.
func TestOverall(t *testing.T) {
	requirement := rfc.Requirement{ID: "x.y", Level: reports.Should, Title: "t"}
	results := []reports.Result{
		{Spec: "a", Clock: "aged", Policy: "of a"},
		{Spec: "b", Clock: "aged", Policy: "of b", NATLog: "log of b", Evidence: reports.Evidence{Capture: "b.pcapng"}},
		{Spec: "c", Clock: "aged", Policy: "of c"}, {Spec: "d", Clock: "aged"},
	}
	kept := finding{Requirement: "x.y", Judged: 3}
	how := func(text string) []finding {
		return []finding{{Requirement: "other", Judged: 1}, {Requirement: "x.y", Judged: 2, Broken: 1, How: text}}
	}
	sound := map[string][]finding{"a": {kept}, "b": {kept}}
	broken := map[string][]finding{"a": {kept}, "b": how("because of b"), "c": how("because of c"),
		"d": {{Requirement: "x.y"}}}
	failed := "fail: because of b\n" + `(in 2 of 3 specs, first in "b")`
	others := Config{Only: []string{"rfc4787.*"}}
	for _, test := range []struct {
		name   string
		cfg    Config
		always bool
		found  map[string][]finding
		want   string // of the row: verdict and reason; empty for no row
	}{
		{"sound", Config{}, false, sound, "pass: "},
		{"broken", Config{}, false, broken, failed},
		{"nothing judged", Config{}, true, map[string][]finding{"d": {{Requirement: "x.y"}}}, ""},
		{"not asked for", others, false, broken, ""},
		{"not strong enough", Config{Level: reports.Must}, false, broken, ""},
		{"not asked for, and yet told", others, true, broken, failed},
		{"not asked for, and sound", others, true, sound, ""},
	} {
		row, ok := overall{requirement, "every spec", test.always}.row(test.cfg, results, test.found)
		got := ""
		if ok {
			got = row.Verdict.String() + ": " + row.Reason
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	row, _ := overall{requirement, "every spec", false}.row(Config{}, results, broken)
	want := blank("every spec", requirement)
	want.Overall, want.Verdict, want.Reason, want.Clock = true, reports.Fail, row.Reason, "aged"
	want.Policy, want.Steps, want.NATLog, want.Evidence = "of b", nil, "log of b", results[1].Evidence
	want.Observed = []string{"judged in 3 specs, broken in 2"}
	want.Observations = []reports.Observation{
		{Stimulus: "all that the steps say", Expected: "every spec", Actual: "because of b"},
	}
	want.Evidence.Ladder.Rungs = []reports.Rung{}
	if diff := cmp.Diff(want, row); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
}

// A requirement that all specs judge cannot be asked for without any.
func TestOverallAlone(t *testing.T) {
	err := checkJudged([]string{staysAlive})
	if err == nil || !strings.Contains(err.Error(), "ask for some of those as well") {
		t.Errorf("error %v", err)
	}
}
