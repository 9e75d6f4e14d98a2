package reports

import (
	"bytes"
	"strings"
	"testing"
)

func TestBars(t *testing.T) {
	results := []Result{{Verdict: Fail}, {Verdict: Pass}, {Verdict: Pass}, {Verdict: Unsupported}}
	x := 0.0
	for _, b := range bars(summarize(&Run{Results: results})) {
		want := map[Verdict]int{Fail: 1, Pass: 2, Unsupported: 1}[b.Verdict]
		if b.Count != want || b.Width != 250*float64(want) || b.X != x || b.Verdict == NotRun {
			t.Errorf("%+v, want %d at %v", b, want, x)
		}
		x += b.Width
	}
	if got := bars(summarize(&Run{Results: []Result{{}}}))[3]; got.Verdict != NotRun || got.Count != 1 {
		t.Errorf("%+v, want a bar of what did not run", got)
	}
}

func TestAnchorsAreUnique(t *testing.T) {
	a := newAnchors()
	for _, test := range []struct{ id, want string }{
		{"rfc4787.req-1", "rfc4787.req-1"}, {"rfc4787.req-1", "requirement-1"}, {"main", "requirement-2"},
		{"a.b_c", "requirement-3"}, {"a." + strings.Repeat("b", 78), "a." + strings.Repeat("b", 78)},
		{"a." + strings.Repeat("b", 79), "requirement-4"},
	} {
		if got := a.of(test.id); got != test.want {
			t.Errorf("%q has the anchor %q, want %q", test.id, got, test.want)
		}
	}
}

func TestStepsAreBounded(t *testing.T) {
	all := strings.Split(strings.Repeat("s ", 199)+"s", " ")
	if got := lines(all); len(got) != 200 || got[199] != "s" {
		t.Errorf("%d lines of 200, the last %q", len(got), got[len(got)-1])
	}
	if got := lines(append(all, "t", "u")); len(got) != 201 || got[200] != "… and 2 more" {
		t.Errorf("%d lines of 202, the last %q", len(got), got[len(got)-1])
	}
}

func TestTextCutsReason(t *testing.T) {
	for reason, want := range map[string]string{
		"1\n2\n3\n4\n5\n6":       "    5\n    6\n",
		"1\n2\n3\n4\n5\n6\n7":    "    4\n    … 2 lines more\n    7\n",
		"1\n2\n3\n4\n5\n6\n7\n8": "    4\n    … 3 lines more\n    8\n",
	} {
		var text bytes.Buffer
		run := &Run{Results: []Result{{Requirement: "r", Level: Must, Verdict: Fail, Reason: reason}}}
		if err := WriteText(&text, run, Rules{}, Screen{Verbose: true}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is absent from\n%s", want, &text)
		}
	}
}

func TestTextColors(t *testing.T) {
	for _, test := range []struct {
		verdict       Verdict
		binds, strict string
	}{
		{Pass, "32", "32"}, {Fail, "33", "31"}, {Error, "31", "31"},
		{Inconclusive, "33", "33"}, {Unsupported, "2", "2"},
	} {
		for strict, want := range map[bool]string{false: test.binds, true: test.strict} {
			out := &terminal{Screen: Screen{Color: true}, rules: Rules{Strict: strict}}
			result := Result{Level: Should, Verdict: test.verdict}
			got := out.verdict(test.verdict, result.binds(strict))
			if want := "\x1b[" + want + "m" + test.verdict.String() + "\x1b[0m"; got != want {
				t.Errorf("strict %v: %q, want %q", strict, got, want)
			}
		}
	}
}

func TestFindingsInOrder(t *testing.T) {
	of := func(spec string, level Level, verdict Verdict) Result {
		return Result{Spec: spec, Requirement: spec, Level: level, Verdict: verdict}
	}
	run := &Run{Results: []Result{
		of("a", May, Fail), of("b", Must, Inconclusive), of("c", Should, Fail), of("d", Must, Pass),
		of("e", Must, NotRun), of("f", Must, Fail), of("g", Must, Error), of("h", MustNot, Fail),
		of("i", Must, Unsupported),
	}}
	var specs []string
	for _, res := range findings(run.documents()) {
		specs = append(specs, res.Spec)
	}
	if got, want := strings.Join(specs, " "), "f h g b e c a"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestTextFitsTheScreen: no line is wider than the screen, whatever a run holds.
func TestTextFitsTheScreen(t *testing.T) {
	for _, width := range []int{40, 80, 132} {
		var text bytes.Buffer
		if err := WriteText(&text, sample(), Rules{}, Screen{Width: width}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(text.String()) {
			if got := room(strings.TrimRight(line, "\n")); got > width {
				t.Errorf("%d columns on a screen of %d: %s", got, width, line)
			}
		}
	}
}
