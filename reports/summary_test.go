package reports

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSummarize(t *testing.T) {
	run := sample()
	run.Summary = Summary{}
	run.Summarize()
	want := Summary{Total: 13, MustFailed: 1, OtherFailed: 1,
		Verdicts: map[Verdict]int{Unsupported: 1, Pass: 7, Inconclusive: 2, Fail: 2, Error: 1},
		Coverage: Coverage{Requirements: 14, Judged: 8, Undecided: 3, Unsupported: 1, Untested: 2}}
	if diff := cmp.Diff(want, run.Summary); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
}

func TestSummarizeLevels(t *testing.T) {
	for level, must := range map[Level]int{
		Must: 2, MustNot: 2, Should: 0, ShouldNot: 0, Recommended: 0, NotRecommended: 0, May: 0, Optional: 0, "": 0,
	} {
		failed := Result{Level: level, Verdict: Fail}
		s := summarize(&Run{Results: []Result{failed, failed, {Level: level, Verdict: Error}}})
		if s.MustFailed != must || s.OtherFailed != 2-must {
			t.Errorf("%s: %d MUST and %d others failed, want %d MUST", level, s.MustFailed, s.OtherFailed, must)
		}
	}
}

func TestWorst(t *testing.T) {
	got := Worst([]Result{
		{Requirement: "a", Verdict: Pass}, {Requirement: "a", Verdict: Unsupported},
		{Requirement: "b", Verdict: Inconclusive}, {Requirement: "b", Verdict: Error},
		{Requirement: "b", Verdict: Fail},
		{Requirement: "c"},
	})
	want := map[string]Verdict{"a": Pass, "b": Error, "c": NotRun}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("worst (-want +got):\n%s", diff)
	}
}

func TestExitStatus(t *testing.T) {
	must := func(v Verdict) Result { return Result{Level: Must, Verdict: v} }
	should := func(v Verdict) Result { return Result{Level: ShouldNot, Verdict: v} }
	may := func(v Verdict) Result { return Result{Level: May, Verdict: v} }
	promised := func(v Verdict) Result { return Result{Level: May, Verdict: v, Asks: []string{"pool"}} }
	for _, tt := range []struct {
		name           string
		run            Run
		normal, strict int
	}{
		{"all pass", Run{Results: []Result{must(Pass), should(Unsupported)}}, 0, 0},
		{"a MUST failed", Run{Results: []Result{must(Pass), must(Fail)}}, 1, 1},
		{"a failure beats an undecided MUST", Run{Results: []Result{must(Inconclusive), must(Fail)}}, 1, 1},
		{"a SHOULD failed", Run{Results: []Result{should(Fail)}}, 0, 1},
		{"a MAY failed", Run{Results: []Result{may(Fail)}}, 0, 0},
		{"a promised feature failed", Run{Results: []Result{must(Pass), promised(Fail)}}, 1, 1},
		{"a promised feature undecided", Run{Results: []Result{must(Fail), promised(Inconclusive)}}, 1, 1},
		{"only a promised feature, undecided", Run{Results: []Result{promised(Inconclusive)}}, 3, 3},
		{"all unsupported", Run{Results: []Result{must(Unsupported), promised(Unsupported)}}, 3, 3},
		{"a SHOULD undecided, and nothing judged", Run{Results: []Result{should(Inconclusive)}}, 3, 3},
		{"a MUST undecided", Run{Results: []Result{must(Inconclusive)}}, 3, 3},
		{"a MUST not run", Run{Results: []Result{must(NotRun)}}, 3, 3},
		{"a SHOULD undecided", Run{Results: []Result{
			must(Pass), {Requirement: "b", Level: Should, Verdict: Inconclusive}}}, 0, 3},
		{"an error beats a failure", Run{Results: []Result{must(Fail), may(Error)}}, 3, 3},
		{"nothing ran", Run{}, 3, 3},
		{"broken", Run{Broken: "a shard died", Results: []Result{must(Fail)}}, 3, 3},
		{"interrupted", Run{Interrupted: true, Results: []Result{must(Pass)}}, 3, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.run.ExitStatus(false); got != tt.normal {
				t.Errorf("exit status %d, want %d", got, tt.normal)
			}
			if got := tt.run.ExitStatus(true); got != tt.strict {
				t.Errorf("strict exit status %d, want %d", got, tt.strict)
			}
		})
	}
}
