package reports

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiff(t *testing.T) {
	run := func(verdicts map[string]Verdict) *Run {
		run := &Run{NAT: NAT{Driver: "some"}}
		for spec, verdict := range verdicts {
			run.Results = append(run.Results, Result{
				Spec: spec, Requirement: "rfc4787.req-1", Level: Must, Verdict: verdict, Reason: "since <it> is so",
			})
		}
		return run
	}
	before := run(map[string]Verdict{
		"same": Pass, "broken": Pass, "mended": Fail, "undecided": Pass, "gone": Fail,
		"gone and never judged": Unsupported,
		"harness":               Error, "asked now": Unsupported, "fails now": Unsupported, "harness breaks": Pass,
	})
	after := run(map[string]Verdict{
		"same": Pass, "broken": Fail, "mended": Pass, "undecided": Inconclusive, "new": Pass, "new and bad": Fail,
		"harness": Fail, "asked now": Pass, "fails now": Fail, "harness breaks": Error,
	})
	diff := Compare(before, after)
	got := map[string]string{}
	for i, c := range diff.Changes {
		got[c.Spec] = c.Kind.String()
		if i > 0 && c.Kind < diff.Changes[i-1].Kind {
			t.Errorf("%s stands after %s", c.Kind, diff.Changes[i-1].Kind)
		}
	}
	want := map[string]string{
		"broken": "newly fails", "mended": "mended", "undecided": "no longer judged", "gone": "gone",
		"gone and never judged": "other verdict", "new": "new, and does not fail", "new and bad": "newly fails",
		"harness": "other verdict", "asked now": "mended", "fails now": "newly fails", "harness breaks": "newly fails",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
	if diff.Same != 1 || !diff.Worse() || diff.ExitStatus() != ExitFailed {
		t.Errorf("%d the same, worse %v, exit status %d", diff.Same, diff.Worse(), diff.ExitStatus())
	}
	if same := Compare(after, after); len(same.Changes) > 0 || same.ExitStatus() != ExitConformant {
		t.Errorf("a run beside itself: %+v, exit status %d", same.Changes, same.ExitStatus())
	}
	if none := Compare(before, &Run{}); none.ExitStatus() != ExitBroken {
		t.Errorf("a run that judged nothing: exit status %d", none.ExitStatus())
	}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"text":     func(b *bytes.Buffer) error { return WriteDiffText(b, diff, Screen{Width: 80}) },
		"Markdown": func(b *bytes.Buffer) error { return WriteDiffMarkdown(b, diff) },
		"HTML":     func(b *bytes.Buffer) error { return WriteDiffHTML(b, diff) },
	} {
		var out bytes.Buffer
		if err := write(&out); err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"newly fails: 4 specs", "mended: 2 specs", "rfc4787.req-1"} {
			if !strings.Contains(out.String(), part) {
				t.Errorf("the %s lacks %q:\n%s", name, part, &out)
			}
		}
		if name != "text" && strings.Contains(out.String(), "<it>") {
			t.Errorf("the %s has markup of the run's own", name)
		}
	}
}
