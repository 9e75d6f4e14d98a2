package reports

import (
	"fmt"
	"strings"
)

// headline says in one line what a run has proven, by the rules of its exit
// status, of how much, and whether the NAT was broken on purpose. The outcome is good, bad or open.
func headline(run *Run, rules Rules) (text, outcome string) {
	text, outcome = proven(run, rules)
	if purpose := run.onPurpose(); purpose != "" {
		text += "; " + purpose
	}
	if run.Shard != nil {
		text += fmt.Sprintf("; shard %v alone", *run.Shard)
	}
	return text, outcome
}

func proven(run *Run, rules Rules) (text, outcome string) {
	s := summarize(run)
	failed := failures(run, rules)
	switch rules.ExitStatus(run) {
	case ExitFailed:
		if failed == "" {
			return fmt.Sprintf("Not all was judged, as is required: %s", s.Coverage), "bad"
		}
		return fmt.Sprintf("Not conformant: %s; judged: %s", failed, s.Coverage), "bad"
	case ExitBroken:
		switch {
		case s.Coverage.Judged == 0:
			return fmt.Sprintf("Nothing is proven: judged are %s", s.Coverage), "open"
		case failed != "":
			return fmt.Sprintf("Not all was judged, and %s; judged: %s", failed, s.Coverage), "bad"
		}
		return fmt.Sprintf("Nothing is proven, since not all was judged: %s", s.Coverage), "open"
	}
	text = "Conformant in what was judged"
	if s.OtherFailed > 0 {
		text += fmt.Sprintf(", though %s of a weaker level failed", plural(s.OtherFailed, "spec"))
	}
	return text + ": " + s.Coverage.String(), "good"
}

// failures counts the failed specs that the exit status depends on, in words;
// empty if there are none.
func failures(run *Run, rules Rules) string {
	var must, should, promised int
	for i := range run.Results {
		switch r := &run.Results[i]; {
		case r.Verdict != Fail || !r.binds(rules.Strict):
		case r.Promised():
			promised++
		case r.Level.Strength() == 3:
			must++
		default:
			should++
		}
	}
	var parts []string
	for _, part := range []struct {
		n  int
		of string
	}{{must, "level MUST"}, {should, "level SHOULD"}, {promised, "a promised feature"}} {
		if part.n > 0 {
			parts = append(parts, plural(part.n, "spec")+" of "+part.of)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, " and ") + " failed"
}
