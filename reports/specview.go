package reports

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/natproof/natproof/span"
)

// A requirementView is a requirement on the page.
type requirementView struct {
	Anchor, ID, Title, Clause string
	Level                     string
	Verdict                   Verdict
	Mark                      string
	Section, Link             string
	Updates                   []updateView
	Judged                    string
	Alone                     string   // the command that judges it alone
	Proofs                    []string // commands that show how it fails
	Clocks, Took              string
	Specs                     []*specView
	Haystack                  string // what free text is sought in
	Bad                       bool   // somebody ought to look at it
}

// An updateView is a later clause on the page that changes a requirement.
type updateView struct{ ID, Level, Clause, Section, Link string }

// A specView is a Result on the page.
type specView struct {
	Anchor, Requirement, Title string
	Spec, Level                string
	Verdict                    Verdict
	Mark                       string
	Open                       bool
	Again                      bool // its packets stand on the page already
	Reason                     string
	Took, Time                 string
	Policy                     string
	Steps, Observed            []string
	Charts                     []chartView
	CapturePath, CaptureLink   string
	NATLog                     string
	Observations               []Observation
	Ladder                     *drawing
}

// maxProofs is how many faults the page names for a requirement; results.json names all.
const maxProofs = 3

func newRequirementView(req requirement, anchors *anchors, views map[*Result]*specView) requirementView {
	v := requirementView{
		Anchor: anchors.of(req.ID), ID: oneLine(req.ID), Title: oneLine(req.Title), Clause: shown(req.Clause),
		Level: oneLine(string(req.Level)), Verdict: req.Verdict, Mark: mark(req.Verdict),
		Section: clauseName(req.RFC, req.Section), Link: clauseLink(req.RFC, req.Section),
		Clocks: req.Clocks(), Took: span.Millis(req.DurationMS()),
	}
	v.Judged = shown(req.Judged)
	hay := []string{v.ID, v.Title, v.Clause, v.Section}
	for _, u := range req.Updates[:min(len(req.Updates), maxLines)] {
		v.Updates = append(v.Updates, updateView{
			ID: oneLine(u.Requirement), Level: oneLine(string(u.Level)), Clause: shown(u.Clause),
			Section: clauseName(u.RFC, u.Section), Link: clauseLink(u.RFC, u.Section),
		})
		hay = append(hay, oneLine(u.Requirement))
	}
	for _, fault := range req.Results[0].ProvenBy[:min(len(req.Results[0].ProvenBy), maxProofs)] {
		v.Proofs = append(v.Proofs, fmt.Sprintf("natproof run --nat ref --fault %s --only %s", oneLine(fault), v.ID))
	}
	for i, res := range req.Results {
		spec := newSpecView(res, fmt.Sprintf("%s_%d", v.Anchor, i+1))
		views[res] = spec
		spec.Open = res.Verdict.bad() && !v.Bad // the first
		v.Bad = v.Bad || spec.Open
		v.Specs = append(v.Specs, spec)
		hay = append(hay, spec.Spec, clip(oneLine(res.Reason), maxMessage))
	}
	v.Haystack = strings.ToLower(clip(strings.Join(hay, " "), maxShown))
	return v
}

func newSpecView(res *Result, anchor string) *specView {
	v := &specView{
		Anchor: anchor, Requirement: oneLine(res.Requirement), Title: oneLine(res.Title),
		Spec: oneLine(res.Spec), Level: oneLine(string(res.Level)), Verdict: res.Verdict, Mark: mark(res.Verdict),
		Reason: strings.TrimSpace(shown(res.Reason)),
		Took:   span.Millis(res.DurationMS), Time: clockTime(res), Policy: oneLine(res.Policy),
		Steps: lines(withoutControls(res.Steps)), Observed: lines(res.Observed), Charts: chartViews(res.Charts),
		CapturePath: oneLine(res.Evidence.Capture), CaptureLink: captureLink(res.Evidence.Capture),
		NATLog: strings.TrimSpace(shown(res.NATLog)),
	}
	for _, o := range res.Observations[:min(len(res.Observations), maxLines)] {
		v.Observations = append(v.Observations, o.shown())
	}
	if len(res.Evidence.Ladder.Rungs) > 0 {
		v.Ladder = draw(res.Evidence.Ladder, v.CaptureLink != "")
		v.Ladder.Title = "Packets of " + v.Spec
		if len(v.Observations) > 0 {
			v.Ladder.tell(v.Observations[0])
		}
		if res.Verdict.bad() {
			v.Ladder.shorten()
		}
	}
	return v
}

// maxLines bounds the steps and observations shown of one spec.
const maxLines = 200

// withoutControls leaves out the controls among the steps, so that these have the numbers that
// the drawing gives them.
func withoutControls(steps []string) []string {
	control := func(step string) bool { return strings.HasPrefix(step, "control: ") }
	return slices.DeleteFunc(slices.Clone(steps), control)
}

func lines(all []string) []string {
	var out []string
	for i, s := range all {
		if i == maxLines {
			return append(out, fmt.Sprintf("… and %d more", len(all)-i))
		}
		out = append(out, shown(s))
	}
	return out
}

// clockTime tells a result's two times apart: what its clock showed, and what
// it cost.
func clockTime(res *Result) string {
	wall := span.Millis(res.DurationMS) + " of wall time"
	if clock := oneLine(res.Clock); clock != "" && res.IdleMS > 0 {
		return fmt.Sprintf("%s idle on the %s clock, %s", span.Millis(res.IdleMS), clock, wall)
	} else if clock != "" {
		return fmt.Sprintf("%s (%s clock)", wall, clock)
	}
	return wall
}

var (
	anchorForm  = regexp.MustCompile(`^[a-z0-9]+\.[a-z0-9.-]+$`)
	sectionForm = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*$`)
)

// anchors gives out ids that are unique on the page. The page's own ids hold no
// dot, and so never meet a requirement's.
type anchors struct {
	taken map[string]bool
	made  int
}

func newAnchors() *anchors { return &anchors{taken: map[string]bool{}} }

// of returns the requirement's ID itself unless it is unfit as one. It never
// holds an underscore, which sets the number of a spec apart.
func (a *anchors) of(id string) string {
	if len(id) <= maxQuoted && anchorForm.MatchString(id) && !a.taken[id] {
		a.taken[id] = true
		return id
	}
	a.made++
	return fmt.Sprintf("requirement-%d", a.made)
}

func clauseName(rfc int, section string) string {
	section = oneLine(section)
	switch {
	case rfc <= 0:
		return section
	case section == "":
		return fmt.Sprintf("RFC %d", rfc)
	case sectionForm.MatchString(section):
		return fmt.Sprintf("RFC %d, Section %s", rfc, section)
	}
	return fmt.Sprintf("RFC %d, %s", rfc, section)
}

// clauseLink is where the clause stands at the RFC Editor; empty without an RFC.
func clauseLink(rfc int, section string) string {
	if rfc <= 0 {
		return ""
	}
	link := fmt.Sprintf("https://www.rfc-editor.org/rfc/rfc%d", rfc)
	if sectionForm.MatchString(section) {
		link += "#section-" + section
	}
	return link
}

// captureLink returns a link for a path below the page's own folder, and nothing
// for what would lead elsewhere.
func captureLink(name string) string {
	if name == "" || strings.ContainsAny(name, "\\:") || oneLine(name) != name ||
		path.IsAbs(name) || path.Clean(name) != name || name == ".." || strings.HasPrefix(name, "../") {
		return ""
	}
	return (&url.URL{Path: "./" + name}).String()
}
