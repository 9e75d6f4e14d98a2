package reports

import "strings"

// The exit statuses of a command that judges. Only a run that went to its end
// can end in ExitFailed.
const (
	ExitConformant = 0
	ExitFailed     = 1 // a clause that binds the NAT is broken
	ExitUsage      = 2 // what was asked for cannot be done; no run ends so
	ExitBroken     = 3 // the run broke, or left something undecided: nothing is proven
)

// Summarize fills Summary from Results.
func (r *Run) Summarize() { r.Summary = summarize(r.Results) }

// summarize counts for itself what the forms for people show, since the Summary
// of a file may be damaged.
func summarize(results []Result) Summary {
	s := Summary{Total: len(results), Verdicts: map[Verdict]int{}}
	for _, result := range results {
		s.Verdicts[result.Verdict]++
		if result.Verdict != Fail {
			continue
		}
		if result.Level.Strength() == 3 {
			s.MustFailed++
		} else {
			s.OtherFailed++
		}
	}
	return s
}

// Worst returns the verdict of each requirement: the worst of its results.
func Worst(results []Result) map[string]Verdict {
	worst := map[string]Verdict{}
	for _, result := range results {
		worst[result.Requirement] = max(worst[result.Requirement], result.Verdict)
	}
	return worst
}

// ExitStatus says how a run ended, as the exit status of a command. The first
// line that applies decides:
//
//	3  the run broke or was interrupted, a spec ended in error, or no spec ran
//	1  a MUST or MUST NOT failed
//	3  a MUST or MUST NOT was left undecided (inconclusive): nothing is proven
//	0  otherwise
//
// strict counts the clauses of SHOULD and its kin as though they were MUST.
func (r *Run) ExitStatus(strict bool) int {
	if r.unfinished() != "" {
		return ExitBroken
	}
	var failed, undecided bool
	for i := range r.Results {
		result := &r.Results[i]
		switch {
		case result.Verdict == Error:
			return ExitBroken
		case !result.binds(strict):
		case result.Verdict == Fail:
			failed = true
		case result.Verdict.undecided():
			undecided = true
		}
	}
	switch {
	case failed:
		return ExitFailed
	case undecided:
		return ExitBroken
	}
	return ExitConformant
}

// unfinished says why the results of a run are not all that was asked for, and
// is empty for a run that went to its end.
func (r *Run) unfinished() string {
	var why string
	switch {
	case r.Broken != "":
		why = "The run broke: " + strings.TrimSpace(r.Broken)
	case r.Interrupted:
		why = "The run was interrupted; what stands here is what it had judged by then."
	case len(r.Results) == 0:
		return "No spec ran."
	}
	if why != "" && r.NotRun > 0 {
		why += "\nNot run: " + plural(r.NotRun, "spec") + "."
	}
	return why
}

// binds reports whether the exit status depends on the result.
func (r *Result) binds(strict bool) bool {
	return r.Level.Strength() == 3 || strict && r.Level.Strength() == 2
}

// undecided reports whether a spec ended without judging what it could have.
func (v Verdict) undecided() bool { return v == Inconclusive || v == NotRun }

// bad reports whether v is a verdict that somebody ought to look at.
func (v Verdict) bad() bool { return v == Fail || v == Error || v.undecided() }
