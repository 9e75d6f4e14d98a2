package reports

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/natproof/natproof/span"
)

// A page is a Run as the templates want it: every text safe to show, every link
// checked, every diagram laid out.
type page struct {
	Style     template.CSS
	Script    template.JS
	Policy    string
	Driver    string
	Facts     []fact
	Alarm     string  // why the run is not whole; empty if it is
	Faults    []Fault // on purpose
	Headline  string
	Outcome   string // good, bad or open
	Bars      []bar
	Judged    int // requirements
	Asked     int
	Shares    []documentShare // of RFCs
	Chapters  []documentShare // of the lesson
	Total     int
	Levels    []Level
	Findings  []findingGroup
	Timeline  *timelineView
	Lab       labView
	Documents []documentView
	Untested  []untestedView
	LeftOut   bool // one of them has specs that were left out
}

type fact struct{ Name, Value string }

// A bar is the share of one verdict in the run.
type bar struct {
	Verdict  Verdict
	Mark     string
	Count    int
	X, Width float64 // of 1000
}

type documentView struct {
	Name         string
	ID           string
	Requirements []requirementView
}

type untestedView struct {
	ID, Level, Title, Reason, Section, Link string
}

func newPage(run *Run) *page {
	docs, counts := rfcsFirst(run.documents()), summarize(run)
	p := &page{
		Style: template.CSS(style), Script: template.JS(script), Policy: policy,
		Driver: oneLine(run.NAT.Driver),
		Alarm:  shown(run.unfinished()), Total: counts.Total, Bars: bars(counts), Lab: newLab(run),
		Judged: counts.Coverage.Judged, Asked: counts.Coverage.Requirements,
	}
	p.Shares, p.Chapters = shares(run, docs)
	p.Headline, p.Outcome = headline(run, Rules{})
	for _, f := range run.NAT.Faults {
		view := Fault{Name: oneLine(f.Name), Does: oneLine(f.Does)}
		for _, id := range f.Breaks {
			view.Breaks = append(view.Breaks, oneLine(id))
		}
		p.Faults = append(p.Faults, view)
	}
	for _, f := range []fact{
		{"Detail", run.NAT.Detail}, {"Policy", run.NAT.Policy}, {"Kernel", run.Kernel}, {"Clock", run.Clock},
		{"Tool", strings.Join([]string{run.Tool.Name, run.Tool.Version, run.Tool.Go}, " ")},
		{"Began", run.Start.Format("2006-01-02 15:04:05 MST")}, {"Took", span.Millis(run.DurationMS)},
	} {
		if f.Value = oneLine(f.Value); f.Value != "" && (f.Name != "Began" || !run.Start.IsZero()) {
			p.Facts = append(p.Facts, f)
		}
	}
	views := map[*Result]*specView{}
	anchors := newAnchors()
	levels := map[Level]bool{}
	for i, doc := range docs {
		view := documentView{Name: doc.Name(), ID: documentID(i)}
		for _, req := range doc.Requirements {
			one := newRequirementView(req, anchors, views)
			// Another ID is none that a command takes, and a quote would end the name.
			if one.Anchor == one.ID && !strings.Contains(p.Driver, "'") {
				one.Alone = fmt.Sprintf("natproof run --nat '%s' --only %s", p.Driver, one.ID)
			}
			view.Requirements = append(view.Requirements, one)
			levels[req.Level] = true
		}
		p.Documents = append(p.Documents, view)
	}
	for _, level := range Levels() {
		if levels[level] {
			p.Levels = append(p.Levels, level)
		}
	}
	onceOnPaper(docs, views)
	p.Findings = findingGroups(docs, views)
	p.Timeline = newTimeline(run, views)
	for _, u := range run.Untested {
		p.LeftOut = p.LeftOut || u.Long
		p.Untested = append(p.Untested, untestedView{
			ID: oneLine(u.Requirement), Level: oneLine(string(u.Level)), Title: oneLine(u.Title),
			Reason: oneLine(u.Reason), Section: clauseName(u.RFC, u.Section), Link: clauseLink(u.RFC, u.Section),
		})
	}
	return p
}

func bars(s Summary) []bar {
	var out []bar
	x := 0.0
	for _, v := range []Verdict{Fail, Error, Inconclusive, NotRun, Unsupported, Pass} {
		n := s.Verdicts[v]
		if n == 0 && v == NotRun {
			continue
		}
		width := 0.0
		if n > 0 {
			width = 1000 * float64(n) / float64(s.Total)
		}
		out = append(out, bar{Verdict: v, Mark: mark(v), Count: n, X: x, Width: width})
		x += width
	}
	return out
}

// mark is a sign for v, so that no verdict is told by colour alone.
func mark(v Verdict) string {
	switch v {
	case Pass:
		return "✓"
	case Fail:
		return "✗"
	case Error:
		return "!"
	case Inconclusive:
		return "?"
	}
	return "–"
}
