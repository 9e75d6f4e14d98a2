package reports

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTimeline: a lane for each worker, and what was skipped told apart from what was waited
// for. What is judged over all specs ran nowhere.
func TestTimeline(t *testing.T) {
	run := &Run{Clock: "aged", DurationMS: 4000, Results: []Result{
		{Requirement: "a.one", Spec: "first", Verdict: Pass, Clock: "aged", Worker: 1, StartMS: 0, EndMS: 1000,
			DurationMS: 1000, SetupMS: 250, WaitedMS: 250, IdleMS: 7_200_000},
		{Requirement: "a.two", Spec: "second", Verdict: Fail, Clock: "real", Worker: 2, StartMS: 1000, EndMS: 4000,
			DurationMS: 3000, WaitedMS: 2750, IdleMS: 2700},
		{Requirement: "a.all", Spec: "over all", Verdict: Pass, Overall: true},
	}}
	got := newPage(run).Timeline
	var lanes []string
	for _, lane := range got.Lanes {
		lanes = append(lanes, lane.Told+": "+lane.Bars[0].Says)
	}
	want := []string{"1 spec: pass a.one, 1 s, skipped 2 h", "1 spec, 1 did not pass: fail a.two, 3 s"}
	if diff := cmp.Diff(want, lanes); diff != "" {
		t.Errorf("lanes (-want +got):\n%s", diff)
	}
	const told = "4 s of wall time in all specs together: 6 % setting up the NAT, 75 % waiting, 19 % work. " +
		"2 h more passed for the NAT only, on its clock"
	if got.Told != told {
		t.Errorf("told is %q, want %q", got.Told, told)
	}
	if n := len(got.Tables); n != 2 || len(got.Tables[1].Specs) != 1 {
		t.Errorf("the tables are %+v, and the second has the first spec alone", got.Tables)
	}
	if bar := got.Lanes[1].Bars[0]; bar.X != 250 || bar.Width != 750 {
		t.Errorf("the bar of the second is %v wide at %v, want 750 at 250", bar.Width, bar.X)
	}
}

// TestNoTimeline: results of an older version say nothing of when they ran.
func TestNoTimeline(t *testing.T) {
	run := sample()
	for i := range run.Results {
		run.Results[i].Worker = 0
	}
	if got := newPage(run).Timeline; got != nil {
		t.Errorf("the timeline is %+v, want none", got)
	}
}

// TestTold: what no arrow shows of an observation stands in the drawing in words.
func TestTold(t *testing.T) {
	const sent, wanted, came = "a question", "an answer", "nothing"
	observed := Observation{Stimulus: sent, Expected: wanted, Actual: came}
	marked, due := row{Kind: "packet", Legs: []leg{{Decided: true}}}, row{Kind: "packet", Legs: []leg{{Expected: true}}}
	plain := row{Kind: "packet", Legs: []leg{{}}}
	for name, c := range map[string]struct {
		rows []row
		want string // the kinds of all rows, and what is told
	}{
		"both are drawn":         {[]row{marked, due}, "packet packet"},
		"nothing is marked":      {[]row{plain, due}, "packet sent came told packet"},
		"nothing is expected":    {[]row{marked, plain}, "packet came expected told packet"},
		"neither is":             {[]row{plain}, "packet sent came expected told"},
		"there is nothing drawn": {nil, "sent came expected told"},
	} {
		d := &drawing{Rows: c.rows}
		d.tell(observed)
		var got []string
		for _, r := range d.Rows {
			for _, one := range r.Told {
				got = append(got, one.Name)
			}
			got = append(got, r.Kind)
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s: %q, want %q", name, text, c.want)
		}
	}
}

// TestByClause: what the packets of an earlier clause have decided is told once.
func TestByClause(t *testing.T) {
	result := func(requirement, capture string) Result {
		return Result{Requirement: requirement, Level: Must, Verdict: Fail, Evidence: Evidence{Capture: capture}}
	}
	run := &Run{Results: []Result{
		result("a.one", "x"), result("a.one", "y"), result("a.two", "x"), result("a.six", "z"),
	}}
	var got []string
	for _, c := range byClause(run.documents()) {
		got = append(got, strings.TrimSpace(c.Requirement+" "+c.As+" "+c.share()))
	}
	want := []string{"a.one  2 of 2 specs", "a.six", "a.two a.one"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
