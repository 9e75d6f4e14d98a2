package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A document is the results of one RFC, or of one chapter of the lesson, which every form
// for people shows together.
type document struct {
	Chapter      string
	RFC          int // of a document without a chapter
	Requirements []requirement
}

// A requirement is the results of one clause.
type requirement struct {
	ID      string
	RFC     int
	Section string
	Level   Level
	Title   string
	Clause  string
	Updates []Update
	Judged  string
	Verdict Verdict // the worst of its results
	Results []*Result
}

func (d document) Name() string {
	if d.Chapter != "" {
		return d.Chapter
	}
	if d.RFC <= 0 {
		return "Beyond the RFCs"
	}
	return fmt.Sprintf("RFC %d", d.RFC)
}

// binds reports whether the exit status depends on what the requirement's verdict
// comes from.
func (r requirement) binds(strict bool) bool {
	return slices.ContainsFunc(r.Results, func(res *Result) bool {
		return res.Verdict == r.Verdict && res.binds(strict)
	})
}

// DurationMS is the wall time of all specs of the requirement.
func (r requirement) DurationMS() float64 {
	var sum float64
	for _, result := range r.Results {
		sum += result.DurationMS
	}
	return sum
}

// Clocks names the clocks on which the requirement was judged.
func (r requirement) Clocks() string {
	var clocks []string
	for _, result := range r.Results {
		if clock := oneLine(result.Clock); clock != "" && !slices.Contains(clocks, clock) {
			clocks = append(clocks, clock)
		}
	}
	slices.Sort(clocks)
	return strings.Join(clocks, ", ")
}

// documents groups the results by chapter or RFC, and by clause. Chapters come first, by
// their numbers, then RFCs in numerical order, and results without an RFC last; clauses in
// the order of their IDs; the specs of a clause as they ran.
func (r *Run) documents() []document {
	results := make([]*Result, len(r.Results))
	for i := range r.Results {
		results[i] = &r.Results[i]
	}
	slices.SortStableFunc(results, func(a, b *Result) int {
		x, y := documentOf(a), documentOf(b)
		return cmp.Or(without(x.Chapter)-without(y.Chapter), natural(x.Chapter, y.Chapter),
			cmp.Compare(x.Chapter, y.Chapter), cmp.Compare(uint(x.RFC-1), uint(y.RFC-1)), // 0 wraps to the end
			natural(a.Requirement, b.Requirement), cmp.Compare(a.Requirement, b.Requirement))
	})
	var docs []document
	for _, res := range results {
		next := documentOf(res)
		if last := len(docs) - 1; last < 0 || docs[last].Chapter != next.Chapter || docs[last].RFC != next.RFC {
			docs = append(docs, next)
		}
		docs[len(docs)-1].add(res)
	}
	return docs
}

// documentOf is the empty document that a result belongs in.
func documentOf(res *Result) document {
	if chapter := oneLine(res.Chapter); chapter != "" {
		return document{Chapter: chapter}
	}
	return document{RFC: res.RFC}
}

// without is 1 for no chapter, so that those come last.
func without(chapter string) int {
	if chapter == "" {
		return 1
	}
	return 0
}

func (d *document) add(res *Result) {
	last := len(d.Requirements) - 1
	if last < 0 || d.Requirements[last].ID != res.Requirement {
		d.Requirements = append(d.Requirements, requirement{
			ID: res.Requirement, RFC: res.RFC, Section: res.Section,
			Level: res.Level, Title: res.Title, Clause: res.Clause, Updates: res.UpdatedBy, Judged: res.Judged,
		})
		last++
	}
	req := &d.Requirements[last]
	req.Verdict = max(req.Verdict, res.Verdict)
	req.Results = append(req.Results, res)
}

// findings returns the results that somebody ought to look at: what decides the
// exit status first, then the worst verdict, then in order.
func findings(docs []document) []*Result {
	var found []*Result
	for _, doc := range docs {
		for _, req := range doc.Requirements {
			for _, res := range req.Results {
				if res.Verdict.bad() {
					found = append(found, res)
				}
			}
		}
	}
	rank := func(r *Result) int {
		strength := r.Level.Strength()
		if r.Promised() {
			strength = Must.Strength()
		}
		return 10*strength + slices.Index([]Verdict{NotRun, Inconclusive, Error, Fail}, r.Verdict)
	}
	slices.SortStableFunc(found, func(a, b *Result) int { return cmp.Compare(rank(b), rank(a)) })
	return found
}

// natural compares IDs so that req-9 comes before req-10.
func natural(a, b string) int {
	for a != "" && b != "" {
		na, nb := digits(a), digits(b)
		if na > 0 && nb > 0 {
			x, y := strings.TrimLeft(a[:na], "0"), strings.TrimLeft(b[:nb], "0")
			if c := cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y)); c != 0 {
				return c
			}
			a, b = a[na:], b[nb:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

// digits returns the length of the number that s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}
