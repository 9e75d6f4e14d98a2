package reports

import "fmt"

// A clauseFinding is what did not pass of one clause, with one verdict: the first of its
// results, and how many of the clause's have that verdict.
type clauseFinding struct {
	*Result
	Bad, Of int
	// As is the requirement told before that was decided by the same packets; empty for none.
	As string
}

// byClause takes findings together that are of one clause and have one verdict, in the order
// of the first of each.
func byClause(docs []document) []clauseFinding {
	type key struct {
		requirement string
		verdict     Verdict
	}
	of := map[string]int{}
	for _, doc := range docs {
		for _, req := range doc.Requirements {
			of[req.ID] = len(req.Results)
		}
	}
	var all []clauseFinding
	at := map[key]int{}
	shows := map[string]string{} // by what decided: the first requirement
	for _, res := range findings(docs) {
		k := key{res.Requirement, res.Verdict}
		if i, known := at[k]; known {
			all[i].Bad++
			continue
		}
		at[k] = len(all)
		c := clauseFinding{Result: res, Bad: 1, Of: of[res.Requirement]}
		if capture := res.Evidence.Capture; capture != "" {
			decided := capture + "\n" + res.decisive().Expected
			if c.As = shows[decided]; c.As == "" {
				shows[decided] = res.Requirement
			}
		}
		all = append(all, c)
	}
	return all
}

// share says how many of the clause's specs are so; empty where it has one spec.
func (c clauseFinding) share() string {
	if c.Of < 2 {
		return ""
	}
	return fmt.Sprintf("%d of %s", c.Bad, plural(c.Of, "spec"))
}

// A clauseView is a clauseFinding on the page.
type clauseView struct {
	Anchor, ID, Level, Title string
	Verdict                  Verdict
	Mark, Share              string
	Expected, Actual         string // what should have happened, and what happened
	Reason                   string // where that is not told in these two
	As                       string // the requirement for which it is told
}

// A findingGroup is what the page tells together on top.
type findingGroup struct {
	Name    string
	Folded  bool
	Clauses []clauseView
}

// findingGroups are the clauses that did not pass: those that bind the NAT first, of which each
// is told, and then the others, which are folded.
func findingGroups(docs []document, views map[*Result]*specView) []findingGroup {
	groups := []findingGroup{
		{Name: "Failed at a level that binds (MUST)"}, {Name: "Undecided", Folded: true},
		{Name: "Failed at a weaker level", Folded: true},
	}
	for _, c := range byClause(docs) {
		at := 0
		switch {
		case c.Verdict.undecided():
			at = 1
		case c.Verdict == Fail && !c.binds(false):
			at = 2
		}
		spec := views[c.Result]
		view := clauseView{
			Anchor: spec.Anchor, ID: spec.Requirement, Level: spec.Level, Title: spec.Title,
			Verdict: c.Verdict, Mark: spec.Mark, Share: c.share(), As: oneLine(c.As),
		}
		if o := c.decisive(); c.Verdict == Fail && o.Expected != "" {
			view.Expected, view.Actual = oneLine(o.Expected), oneLine(o.Actual)
		} else {
			view.Reason = inALine(c.Reason)
		}
		groups[at].Clauses = append(groups[at].Clauses, view)
	}
	var told []findingGroup
	for _, g := range groups {
		if len(g.Clauses) > 0 {
			told = append(told, g)
		}
	}
	return told
}
