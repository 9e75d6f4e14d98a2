package suites

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites/rfc"
)

// A sum is a requirement that says no more than others do together. It is judged by
// theirs, and has a row of its own in the report.
type sum struct {
	requirement rfc.Requirement
	parts       []string // the IDs of those that it is made of, none of them a sum
}

// sums returns every requirement of the catalogue that is made of others.
var sums = sync.OnceValue(func() []sum {
	var all []sum
	for _, r := range rfc.All() {
		if len(r.MadeOf) > 0 {
			all = append(all, sum{r, partsOf(r)})
		}
	}
	return all
})

func partsOf(r rfc.Requirement) []string {
	if len(r.MadeOf) == 0 {
		return []string{r.ID}
	}
	var parts []string
	for _, id := range r.MadeOf {
		parts = append(parts, partsOf(mustKnow(id))...)
	}
	return parts
}

// fewParts is how many parts are named.
const fewParts = 4

// text says in place of a spec's name what judges the requirement.
func (s sum) text() string {
	if n := len(s.parts); n > fewParts {
		return fmt.Sprintf("%s is judged by the specs of %d others, %s to %s",
			s.requirement.ID, n, s.parts[0], s.parts[n-1])
	}
	return s.requirement.ID + " is judged by the specs of " + strings.Join(s.parts, ", ")
}

// row returns the requirement's result in the report of a run: the worst of its parts. It
// returns false if none of them was judged, or if nobody has asked.
func (s sum) row(cfg Config, results []reports.Result) (reports.Result, bool) {
	row := blank(s.text(), s.requirement)
	row.Overall = true
	judged := 0
	for _, result := range results {
		if !slices.Contains(s.parts, result.Requirement) {
			continue
		}
		if judged++; judged > 1 && result.Verdict <= row.Verdict {
			continue
		}
		row.Verdict, row.Clock, row.Policy, row.Steps = result.Verdict, result.Clock, result.Policy, result.Steps
		row.Observations = result.Observations
		row.Evidence, row.NATLog = result.Evidence, result.NATLog
		if row.Reason = ""; result.Verdict > reports.Pass {
			row.Reason = fmt.Sprintf("%s: %s\n%s", result.Requirement, result.Spec, result.Reason)
		}
	}
	row.Observed = append(row.Observed, fmt.Sprintf("judged in %d specs", judged))
	return row, judged > 0 && matches(s.requirement.ID, cfg.Only) &&
		s.requirement.Level.Strength() >= cfg.Level.Strength()
}

// sumRows are the results of all requirements that are made of others.
func sumRows(cfg Config, results []reports.Result) []reports.Result {
	var all []reports.Result
	for _, s := range sums() {
		if row, ok := s.row(cfg, results); ok {
			all = append(all, row)
		}
	}
	return all
}
