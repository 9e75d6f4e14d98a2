package reports

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// covered is a run of which some requirements were not judged, for each reason.
func covered() *Run {
	return &Run{
		Results: []Result{
			{Requirement: "a", Level: Must, Verdict: Pass}, {Requirement: "a", Level: Must, Verdict: Pass},
			{Requirement: "b", Level: Should, Verdict: Fail},
			{Requirement: "c", Level: Must, Verdict: Pass}, {Requirement: "c", Level: Must, Verdict: Unsupported},
			{Requirement: "d", Level: Must, Verdict: Unsupported},
			{Requirement: "e", Level: Should, Verdict: Inconclusive}, {Requirement: "e", Level: Should, Verdict: Pass},
		},
		Untested: []Untested{{Requirement: "f"}, {Requirement: "g"}},
	}
}

func TestCoverage(t *testing.T) {
	run := covered()
	run.Untested = append(run.Untested, Untested{Requirement: "b", Long: true}, Untested{Requirement: "h", Long: true})
	run.Summarize()
	want := Coverage{Requirements: 8, Judged: 3, InPart: 2, Undecided: 1, Unsupported: 1, Untested: 2, LeftOut: 1}
	if diff := cmp.Diff(want, run.Summary.Coverage); diff != "" {
		t.Errorf("coverage (-want +got):\n%s", diff)
	}
	const text = "3 of 8 requirements, 2 of them in part; 1 undecided, 1 not supported by the driver, " +
		"2 without a spec, 1 left out for their long wait (--long)"
	if got := run.Summary.Coverage.String(); got != text {
		t.Errorf("got %q, want %q", got, text)
	}
	for _, c := range []struct {
		Coverage
		want bool
	}{
		{want.trim(), true}, {Coverage{Requirements: 1, Judged: 1, InPart: 1}, false},
		{Coverage{Requirements: 2, Judged: 1, Untested: 1}, false},
	} {
		if got := c.Complete(); got != c.want {
			t.Errorf("%s: complete %t, want %t", c.Coverage, got, c.want)
		}
	}
}

// trim leaves of a coverage what was judged whole.
func (c Coverage) trim() Coverage { return Coverage{Requirements: c.Judged, Judged: c.Judged} }

// A row over all specs is not counted as one of them.
func TestTextCountsSpecs(t *testing.T) {
	run := &Run{Results: []Result{{Requirement: "a", Verdict: Pass}, {Requirement: "b", Verdict: Pass, Overall: true}}}
	var text bytes.Buffer
	if err := WriteText(&text, run, Rules{}, Screen{}); err != nil {
		t.Fatal(err)
	}
	if want := "2 pass; 1 spec and 1 requirement over all of them in 0 ms"; !strings.Contains(text.String(), want) {
		t.Errorf("%q is absent from\n%s", want, text.String())
	}
}

// No headline says that a NAT conforms without saying in how much, whatever form
// it stands in.
func TestHeadline(t *testing.T) {
	fail := func(r Result) *Run {
		r.Verdict = Fail
		return &Run{Results: []Result{{Requirement: "a", Level: Must, Verdict: Pass}, r}}
	}
	whole := &Run{Results: []Result{{Requirement: "a", Level: Must, Verdict: Pass}}}
	none := &Run{Results: []Result{{Requirement: "a", Level: Must, Verdict: Unsupported}}}
	half := &Run{Results: []Result{{Requirement: "a", Level: Must, Verdict: Inconclusive},
		{Requirement: "b", Level: Must, Verdict: Pass}}}
	for _, test := range []struct {
		run    *Run
		rules  Rules
		want   string
		status int
	}{
		{whole, Rules{RequireAll: true}, "Conformant in what was judged: 1 of 1 requirement", 0},
		{covered(), Rules{}, "Conformant in what was judged, though 1 spec of a weaker level failed: " +
			"3 of 7 requirements, 1 of them in part; 1 undecided, 1 not supported by the driver, 2 without a spec", 0},
		{covered(), Rules{RequireAll: true}, "Not all was judged, as is required: 3 of 7 requirements, ", 1},
		{covered(), Rules{Strict: true}, "Not conformant: 1 spec of level SHOULD failed; judged: 3 of 7", 1},
		{fail(Result{Requirement: "b", Level: MustNot}), Rules{},
			"Not conformant: 1 spec of level MUST failed; judged: 2 of 2 requirements", 1},
		{fail(Result{Requirement: "b", Level: May, Asks: []string{"forward-udp"}}), Rules{},
			"Not conformant: 1 spec of a promised feature failed; judged: 2 of 2 requirements", 1},
		{fail(Result{Requirement: "b", Level: May}), Rules{},
			"Conformant in what was judged, though 1 spec of a weaker level failed: 2 of 2 requirements", 0},
		{half, Rules{}, "Nothing is proven, since not all was judged: 1 of 2 requirements; 1 undecided", 3},
		{none, Rules{}, "Nothing is proven: judged are 0 of 1 requirement; 1 not supported by the driver", 3},
		{&Run{Broken: "it"}, Rules{}, "Nothing is proven: judged are 0 of 0 requirements", 3},
	} {
		if got := test.rules.ExitStatus(test.run); got != test.status {
			t.Errorf("%s: exit status %d, want %d", test.want, got, test.status)
		}
		line, _ := headline(test.run, test.rules)
		if !strings.HasPrefix(line, test.want) {
			t.Errorf("got %q, want %q", line, test.want)
		}
		var text, junit bytes.Buffer
		if err := WriteText(&text, test.run, test.rules, Screen{}); err != nil {
			t.Fatal(err)
		}
		if err := WriteJUnit(&junit, test.run, test.rules, ""); err != nil {
			t.Fatal(err)
		}
		if len(test.run.Results) > 0 && !strings.Contains(text.String(), ": "+line+"\n") {
			t.Errorf("the text has no line %q:\n%s", line, text.String())
		}
		if !strings.Contains(junit.String(), `name="natproof: `+line+`"`) {
			t.Errorf("JUnit does not say %q:\n%s", line, junit.String())
		}
		red := strings.Contains(junit.String(), "<failure") || strings.Contains(junit.String(), "<error")
		if red != (test.status != 0) {
			t.Errorf("%s: JUnit is red: %t, and the exit status is %d:\n%s", line, red, test.status, junit.String())
		}
	}
}
