package reports

import (
	"slices"
	"strings"
)

// The exit statuses of a command that judges. Only a run that went to its end
// can end in ExitFailed.
const (
	ExitConformant = 0
	ExitFailed     = 1 // a clause that binds the NAT is broken, or a promised feature does not work
	ExitUsage      = 2 // what was asked for cannot be done; no run ends so
	ExitBroken     = 3 // the run broke, or left something undecided: nothing is proven
)

// Summarize fills Summary from Results.
func (r *Run) Summarize() { r.Summary = summarize(r) }

// summarize counts for itself what the forms for people show, since the Summary
// of a file may be damaged.
func summarize(run *Run) Summary {
	s := Summary{Total: len(run.Results), Verdicts: map[Verdict]int{}, Coverage: cover(run)}
	for i := range run.Results {
		result := &run.Results[i]
		s.Verdicts[result.Verdict]++
		if result.Verdict != Fail {
			continue
		}
		if result.Level.Strength() == 3 {
			s.MustFailed++
		} else {
			s.OtherFailed++
		}
		if result.Promised() {
			s.PromisedFailed++
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

// Rules are what a run's exit status depends on beside the run. The zero value is
// the plain rules.
type Rules struct {
	// Strict counts the clauses of SHOULD and its kin as though they were MUST.
	Strict bool
	// RequireAll wants everything judged that was asked for.
	RequireAll bool
}

// ExitStatus is that of the plain rules, or with strict of strict ones.
func (r *Run) ExitStatus(strict bool) int { return Rules{Strict: strict}.ExitStatus(r) }

// ExitStatus says how a run ended, as the exit status of a command. The first
// line that applies decides:
//
//	3  the run broke or was interrupted, a spec ended in error, or nothing was judged
//	1  a MUST or MUST NOT failed, or a promised feature does not work
//	3  one of these was left undecided (inconclusive): nothing is proven
//	1  all is required, and not all was judged
//	0  otherwise
//
// A feature is promised where a clause says MAY, and the driver accepted a policy
// that asks for it.
func (rules Rules) ExitStatus(run *Run) int {
	if run.unfinished() != "" {
		return ExitBroken
	}
	var failed, undecided bool
	for i := range run.Results {
		result := &run.Results[i]
		switch {
		case result.Verdict == Error:
			return ExitBroken
		case !result.binds(rules.Strict):
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
	coverage := cover(run)
	switch {
	case coverage.Judged == 0:
		return ExitBroken
	case rules.RequireAll && !coverage.Complete():
		return ExitFailed
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
	case !slices.ContainsFunc(r.Results, func(res Result) bool { return res.Verdict > Unsupported }):
		return "Nothing was judged: the driver supports nothing of what was asked for."
	}
	if why != "" && r.NotRun > 0 {
		why += "\nNot run: " + plural(r.NotRun, "spec") + "."
	}
	return why
}

// binds reports whether the exit status depends on the result.
func (r *Result) binds(strict bool) bool {
	return r.Level.Strength() == 3 || strict && r.Level.Strength() == 2 || r.Promised()
}

// Promised reports whether a NAT that may do without what the clause is about was
// asked for it, and its driver accepted that.
func (r *Result) Promised() bool {
	return r.Level.Strength() == 1 && len(r.Asks) > 0 && r.Verdict != Unsupported
}

// undecided reports whether a spec ended without judging what it could have.
func (v Verdict) undecided() bool { return v == Inconclusive || v == NotRun }

// bad reports whether v is a verdict that somebody ought to look at.
func (v Verdict) bad() bool { return v == Fail || v == Error || v.undecided() }
