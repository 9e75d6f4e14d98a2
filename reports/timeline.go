package reports

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/natproof/natproof/span"
)

// longest is how many specs the page names that took longest, and that skipped most.
const longest = 12

// A timelineView is when the specs of a run ran, and where the time went.
type timelineView struct {
	Took  string // the run's whole time
	Lanes []timelineLane
	Spent []sharePart // of the wall time of all specs
	Told  string      // the same in words
	// Tables are those that took longest, and those that skipped most on a clock that is not
	// the wall's.
	Tables []spentTable
}

// A timelineLane is one worker.
type timelineLane struct {
	Worker int
	Told   string
	Bars   []timelineBar
}

// A timelineBar is one spec. Bars are of 1000 units.
type timelineBar struct {
	Anchor, Says string
	Verdict      Verdict
	X, Width     float64
	Skipped      bool
}

// A spentTable names the specs with the most of something.
type spentTable struct {
	ID, Name string
	Specs    []spentView
}

// A spentView says where the time of one spec went.
type spentView struct {
	Anchor, Spec                        string
	Verdict                             Verdict
	Mark                                string
	Took, Setup, Waited, Works, Skipped string
}

// newTimeline is nil where no result says when it ran.
func newTimeline(run *Run, views map[*Result]*specView) *timelineView {
	var ran []*Result
	end, setup, waited, took, skipped := run.DurationMS, 0.0, 0.0, 0.0, 0.0
	for i := range run.Results {
		res := &run.Results[i]
		if res.Worker <= 0 || views[res] == nil {
			continue
		}
		ran = append(ran, res)
		end = max(end, res.EndMS)
		setup, waited, took = setup+res.SetupMS, waited+res.WaitedMS, took+res.DurationMS
		skipped += res.skippedMS()
	}
	if len(ran) == 0 || !(end > 0) || !(took > 0) {
		return nil
	}
	t := &timelineView{Took: span.Millis(end)}
	slices.SortStableFunc(ran, func(a, b *Result) int {
		return cmp.Or(cmp.Compare(a.Worker, b.Worker), cmp.Compare(a.StartMS, b.StartMS))
	})
	for from := 0; from < len(ran); {
		to := from
		for to < len(ran) && ran[to].Worker == ran[from].Worker {
			to++
		}
		t.Lanes = append(t.Lanes, newLane(ran[from:to], end, views))
		from = to
	}
	t.spent(setup, waited, took, skipped)
	for _, table := range []spentTable{
		{"longest", "The specs that took longest",
			spentMost(ran, views, func(r *Result) float64 { return r.DurationMS })},
		{"skipped", "The specs that skipped most time on the NAT's clock", spentMost(ran, views, (*Result).skippedMS)},
	} {
		if len(table.Specs) > 0 {
			t.Tables = append(t.Tables, table)
		}
	}
	return t
}

func newLane(ran []*Result, end float64, views map[*Result]*specView) timelineLane {
	lane := timelineLane{Worker: ran[0].Worker}
	failed := 0
	for _, res := range ran {
		if res.Verdict.bad() {
			failed++
		}
		bar := timelineBar{
			Anchor: views[res].Anchor, Verdict: res.Verdict, Skipped: res.skippedMS() > 0,
			X: 1000 * max(res.StartMS, 0) / end,
		}
		bar.Width = max(1000*res.EndMS/end-bar.X, 0.6)
		bar.Says = fmt.Sprintf("%s %s, %s", res.Verdict, views[res].Requirement, span.Millis(res.EndMS-res.StartMS))
		if bar.Skipped {
			bar.Says += ", skipped " + span.Millis(res.skippedMS())
		}
		lane.Bars = append(lane.Bars, bar)
	}
	lane.Told = plural(len(ran), "spec")
	if failed > 0 {
		lane.Told += fmt.Sprintf(", %d did not pass", failed)
	}
	return lane
}

// skippedMS is the time that passed for the NAT and not on the wall.
func (r *Result) skippedMS() float64 {
	if r.Clock == "real" {
		return 0
	}
	return r.IdleMS
}

// spent tells where the wall time of all specs went, as a bar and in words.
func (t *timelineView) spent(setup, waited, took, skipped float64) {
	x := 0.0
	for _, part := range []struct {
		class, what string
		ms          float64
	}{{"setup", "setting up the NAT", setup}, {"waited", "waiting", waited}, {"works", "work", took - setup - waited}} {
		width := 1000 * min(max(part.ms, 0)/took, 1)
		t.Spent = append(t.Spent, sharePart{Class: part.class, What: part.what, X: x, Width: width})
		x += width
		if t.Told != "" {
			t.Told += ", "
		}
		t.Told += fmt.Sprintf("%.0f %% %s", width/10, part.what)
	}
	t.Told = fmt.Sprintf("%s of wall time in all specs together: %s", span.Millis(took), t.Told)
	if skipped > 0 {
		t.Told += fmt.Sprintf(". %s more passed for the NAT only, on its clock", span.Millis(skipped))
	}
}

// spentMost are the specs with the most of something.
func spentMost(ran []*Result, views map[*Result]*specView, of func(*Result) float64) []spentView {
	most := slices.Clone(ran)
	slices.SortStableFunc(most, func(a, b *Result) int { return cmp.Compare(of(b), of(a)) })
	var all []spentView
	for _, res := range most[:min(len(most), longest)] {
		if !(of(res) > 0) {
			break
		}
		v := spentView{
			Anchor: views[res].Anchor, Spec: views[res].Spec, Verdict: res.Verdict, Mark: mark(res.Verdict),
			Took: span.Millis(res.DurationMS), Setup: span.Millis(res.SetupMS), Waited: span.Millis(res.WaitedMS),
			Works: span.Millis(max(res.DurationMS-res.SetupMS-res.WaitedMS, 0)), Skipped: "–",
		}
		if ms := res.skippedMS(); ms > 0 {
			v.Skipped = span.Millis(ms)
		}
		all = append(all, v)
	}
	return all
}
