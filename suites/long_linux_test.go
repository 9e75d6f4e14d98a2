package suites_test

import (
	"slices"
	"testing"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
)

// On the real clock, specs that wait for hours are left out unless they are asked for,
// and the run says so. What else was asked for is judged.
func TestLongWaitsAreLeftOut(t *testing.T) {
	run, err := suites.Run(t.Context(), suites.Config{
		NAT: "ref", Clock: suites.ClockReal, Only: []string{"rfc5382.req-5-est", "rfc5382.req-7"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(run.Results, func(r reports.Result) bool { return r.Requirement == "rfc5382.req-5-est" }) {
		t.Error("a spec has run that waits for two hours")
	}
	if got := run.Summary.Coverage; got.Judged != 1 || got.LeftOut != 1 || got.Requirements != 2 || run.NotRun != 0 {
		t.Errorf("coverage %+v, %d not run", got, run.NotRun)
	}
	if len(run.Untested) != 1 || !run.Untested[0].Long {
		t.Errorf("untested are %+v", run.Untested)
	}
}
