package reports

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadBaseline(t *testing.T) {
	text := "# known\n\nrfc4787.req-9 fail  # no hairpinning\r\n\trfc4787.req-1\terror#x\n"
	got, err := ReadBaseline(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Baseline{"rfc4787.req-9": Fail, "rfc4787.req-1": Error}, got); diff != "" {
		t.Errorf("baseline (-want +got):\n%s", diff)
	}
}

func TestReadBaselineErrors(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"a fail\nb\n", `reports: baseline line 2: want a requirement and a verdict, got "b"`},
		{"a fail for ever", `reports: baseline line 1: want a requirement and a verdict, got "a fail for ever"`},
		{"a failed", `reports: baseline line 1: unknown verdict "failed"`},
		{"\na pass", `reports: baseline line 2: a baseline lists fail, error and inconclusive, not pass`},
		{"a fail\na error", `reports: baseline line 2: "a" is listed twice`},
		{"a fail\n" + strings.Repeat("x", 1<<20), `reports: baseline line 2: bufio.Scanner: token too long`},
	} {
		_, err := ReadBaseline(strings.NewReader(tt.text))
		if err == nil || err.Error() != tt.want {
			t.Errorf("%.20q: error %v, want %s", tt.text, err, tt.want)
		}
	}
}

func TestBaselineRoundTrip(t *testing.T) {
	run := sample()
	run.Results[0].Title = "a title\nwith # and lines"
	var text bytes.Buffer
	if err := WriteBaseline(&text, run); err != nil {
		t.Fatal(err)
	}
	b, err := ReadBaseline(&text)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.Compare(run); got != nil {
		t.Errorf("a run deviates from its own baseline: %v", got)
	}
	if got := b.ExitStatus(run); got != 0 {
		t.Errorf("exit status %d, want 0", got)
	}
	for _, id := range []string{"", "a b", "a#b", "a\n", " a"} {
		odd := &Run{Results: []Result{{Requirement: id, Verdict: Fail}}}
		if err := WriteBaseline(&text, odd); err == nil {
			t.Errorf("a baseline lists %q, which cannot be read back", id)
		}
	}
	run.Interrupted = true
	if err := WriteBaseline(&text, run); err == nil {
		t.Error("a baseline was made from an interrupted run")
	}
	if got := b.ExitStatus(run); got != 3 {
		t.Errorf("exit status %d of an interrupted run, want 3", got)
	}
}

func TestCompare(t *testing.T) {
	b := Baseline{"known": Fail, "mended": Fail, "worse": Inconclusive, "withdrawn": Error, "not-selected": Fail}
	run := &Run{Results: []Result{
		{Requirement: "known", Verdict: Pass}, {Requirement: "known", Verdict: Fail},
		{Requirement: "mended", Verdict: Pass},
		{Requirement: "worse", Verdict: Fail},
		{Requirement: "withdrawn", Verdict: Unsupported},
		{Requirement: "new-10", Verdict: Fail}, {Requirement: "new-9", Verdict: Inconclusive},
		{Requirement: "fine", Verdict: Pass}, {Requirement: "cannot", Verdict: Unsupported},
	}}
	want := []Deviation{
		{"mended", Fail, Pass}, {"new-9", Pass, Inconclusive}, {"new-10", Pass, Fail},
		{"withdrawn", Error, Unsupported}, {"worse", Inconclusive, Fail},
	}
	got := b.Compare(run)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("deviations (-want +got):\n%s", diff)
	}
	if got := b.ExitStatus(run); got != 1 {
		t.Errorf("exit status %d, want 1", got)
	}
	if got, want := got[0].String(), "mended: passes, and the baseline lists it as fail"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := got[2].String(), "new-10: fail, and the baseline wants pass"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
