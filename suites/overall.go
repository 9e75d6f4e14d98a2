package suites

import (
	"cmp"
	"fmt"
	"strings"
	"sync"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/rfc"
)

// An overall is a requirement that is judged over all specs of a run, whatever
// those are about. It has a row of its own in the report.
type overall struct {
	requirement rfc.Requirement
	text        string // what holds, as a spec's name says it
	// always means that a run tells of a breach even where the requirement was
	// not asked for.
	always bool
}

// A finding is what one spec has shown of an overall requirement.
type finding = lab.Finding

// everywhere begins the text of what is judged over all specs.
const everywhere = "In every spec: "

// staysAlive is the requirement that a NAT survives what it is sent.
const staysAlive = "practice.stays-alive"

// overalls returns every requirement that is judged over all specs.
var overalls = sync.OnceValue(func() []overall {
	all := []overall{{
		requirement: mustKnow(staysAlive), text: everywhere + "the NAT outlives what it is sent", always: true,
	}}
	for _, i := range lab.Invariants() {
		all = append(all, overall{requirement: mustKnow(i.Requirement), text: everywhere + i.Text})
	}
	return all
})

func mustKnow(id string) rfc.Requirement {
	r, ok := rfc.ByID(id)
	if !ok {
		panic("suites: the catalogue has no requirement " + id)
	}
	return r
}

// findingsOf is what a spec has shown of the overall requirements.
func findingsOf(e lab.Evidence) []finding {
	if e.Clock == "" {
		return nil // no NAT was started
	}
	alive := e.LastSent
	alive.Requirement, alive.Judged, alive.How = staysAlive, 1, e.Outcome.Died
	if alive.How != "" {
		alive.Broken = 1
	}
	return append([]finding{alive}, e.Findings...)
}

// row returns the requirement's result in the report of a run: what its specs have
// found, by their texts, taken together. It returns false if there is nothing to
// tell, or if nobody has asked.
func (o overall) row(cfg Config, results []reports.Result, found map[string][]finding) (reports.Result, bool) {
	row := blank(o.text, o.requirement)
	row.Overall, row.Verdict = true, reports.Pass
	judged, broken, first := 0, 0, ""
	for _, result := range results {
		for _, f := range found[result.Spec] {
			if f.Requirement != o.requirement.ID || f.Judged == 0 {
				continue
			}
			if judged++; judged == 1 {
				row.Clock = result.Clock
			}
			if f.Broken == 0 {
				continue
			}
			if broken++; broken == 1 {
				row.Verdict, row.Reason, first = reports.Fail, f.How, result.Spec
				row.Clock, row.Policy, row.Steps = result.Clock, result.Policy, result.Steps
				row.Evidence, row.NATLog = result.Evidence, result.NATLog
				row.Evidence.Ladder = marked(result.Evidence.Ladder, f.Frame)
				row.Observations = []reports.Observation{{
					Stimulus: cmp.Or(f.Stimulus, "all that the steps say"),
					Expected: strings.TrimPrefix(o.text, everywhere), Actual: f.How,
				}}
			}
		}
	}
	row.Observed = append(row.Observed, fmt.Sprintf("judged in %d specs, broken in %d", judged, broken))
	if broken > 0 {
		row.Reason += fmt.Sprintf("\n(in %d of %d specs, first in %q)", broken, judged, first)
	}
	asked := matches(o.requirement.ID, cfg.Only) && o.requirement.Level.Strength() >= cfg.Level.Strength()
	return row, judged > 0 && (asked || o.always && broken > 0)
}

// marked is a ladder in which a packet of the capture has decided, and no other.
func marked(ladder reports.Ladder, frame int) reports.Ladder {
	rungs := []reports.Rung{}
	for _, r := range ladder.Rungs {
		if r.Expected == nil {
			r.Decided = r.Packet != nil && r.Packet.Frame == frame && frame > 0
			rungs = append(rungs, r)
		}
	}
	ladder.Rungs = rungs
	return ladder
}

// rows are the results of all overall requirements.
func rows(cfg Config, results []reports.Result, found map[string][]finding) []reports.Result {
	var all []reports.Result
	for _, o := range overalls() {
		if row, ok := o.row(cfg, results, found); ok {
			all = append(all, row)
		}
	}
	return all
}
