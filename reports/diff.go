package reports

import (
	"cmp"
	"fmt"
	"slices"
)

// A Diff is what has changed from one run to another, spec by spec.
type Diff struct {
	Old, New *Run
	Changes  []Change // the worst kind first
	Same     int      // specs with the verdict that they had
}

// A Change is a spec whose verdict is another one, or that one of the runs does not have.
type Change struct {
	Kind        ChangeKind
	Spec        string
	Requirement string
	Level       Level
	Title       string
	Old, New    Verdict // NotRun where the run does not have the spec
	Reason      string  // of the new verdict; of the old one where the spec is gone
}

// A ChangeKind says what a change means.
type ChangeKind int

// The kinds of changes, from worst to best.
const (
	NewlyFails   ChangeKind = iota // it fails or ends in error, and did not
	NoLonger                       // it was judged, and is not any more
	Gone                           // the new run does not have it, and it had passed or failed
	OtherVerdict                   // neither is a judgement, or an error has become a failure
	Appeared                       // the old run did not have it
	Mended                         // it passes, and did not
)

var changeNames = [...]string{
	"newly fails", "no longer judged", "gone", "other verdict", "new, and does not fail", "mended",
}

func (k ChangeKind) String() string { return changeNames[k] }

// worse reports whether somebody ought to look at changes of that kind.
func (k ChangeKind) worse() bool { return k <= Gone }

// Compare returns what has changed. The runs may be of different NATs, versions or specs:
// specs are the same that have the same name.
func Compare(before, after *Run) Diff {
	diff := Diff{Old: before, New: after}
	known := map[string]*Result{}
	for i := range before.Results {
		known[before.Results[i].Spec] = &before.Results[i]
	}
	for i := range after.Results {
		is := &after.Results[i]
		was := known[is.Spec]
		delete(known, is.Spec)
		switch {
		case was == nil:
			diff.add(is, NotRun, is.Verdict)
		case was.Verdict == is.Verdict:
			diff.Same++
		default:
			diff.add(is, was.Verdict, is.Verdict)
		}
	}
	for _, was := range known {
		diff.add(was, was.Verdict, NotRun)
	}
	slices.SortStableFunc(diff.Changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(b.Level.Strength(), a.Level.Strength()),
			natural(a.Requirement, b.Requirement), cmp.Compare(a.Requirement, b.Requirement),
			cmp.Compare(a.Spec, b.Spec))
	})
	return diff
}

func (d *Diff) add(r *Result, was, is Verdict) {
	d.Changes = append(d.Changes, Change{
		Kind: changeKind(was, is), Spec: r.Spec, Requirement: r.Requirement, Level: r.Level, Title: r.Title,
		Old: was, New: is, Reason: r.Reason,
	})
}

func changeKind(was, is Verdict) ChangeKind {
	switch {
	case (is == Fail || is == Error) && was != Fail && was != Error:
		return NewlyFails
	case is == Pass && was != NotRun:
		return Mended
	case was == NotRun:
		return Appeared
	case is == NotRun && was.judged():
		return Gone
	case was.judged() && !is.judged() && is != Error:
		return NoLonger
	}
	return OtherVerdict
}

// Worse reports whether something got worse.
func (d Diff) Worse() bool {
	return slices.ContainsFunc(d.Changes, func(c Change) bool { return c.Kind.worse() })
}

// ExitStatus is 3 where the new run broke, 1 where something got worse, and 0 otherwise.
func (d Diff) ExitStatus() int {
	switch {
	case d.New.unfinished() != "":
		return ExitBroken
	case d.Worse():
		return ExitFailed
	}
	return ExitConformant
}

// kinds groups the changes, which are in the order of their kinds.
func (d Diff) kinds() [][]Change {
	var groups [][]Change
	for _, c := range d.Changes {
		if last := len(groups) - 1; last >= 0 && groups[last][0].Kind == c.Kind {
			groups[last] = append(groups[last], c)
			continue
		}
		groups = append(groups, []Change{c})
	}
	return groups
}

// summary says in a line how much has changed.
func (d Diff) summary() string {
	text := ""
	for _, group := range d.kinds() {
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%s: %d", group[0].Kind, len(group))
	}
	if text == "" {
		text = "nothing has changed"
	}
	return text + "; " + plural(d.Same, "spec") + " as before"
}

// name tells a run from another.
func (r *Run) name() string {
	text := oneLine(r.NAT.Driver)
	for _, part := range []string{oneLine(r.Kernel), "natproof " + oneLine(r.Tool.Version)} {
		if part != "" && part != "natproof " {
			text += ", " + part
		}
	}
	if !r.Start.IsZero() {
		text += ", " + r.Start.UTC().Format("2006-01-02 15:04 UTC")
	}
	return text
}
