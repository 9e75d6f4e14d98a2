package suites

import (
	"fmt"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2/types"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/rfc"
)

// requirementOf returns the one requirement that a spec is labelled with.
func requirementOf(report types.SpecReport) (rfc.Requirement, error) {
	found := rfc.Among(report.Labels())
	if len(found) != 1 {
		return rfc.Requirement{}, fmt.Errorf("spec %q judges %d requirements instead of one",
			report.FullText(), len(found))
	}
	return found[0], nil
}

// blank is the result of a spec before it has run.
func blank(spec string, r rfc.Requirement) reports.Result {
	return reports.Result{
		Spec: spec, Requirement: r.ID, RFC: r.RFC, Section: r.Section, Level: r.Level,
		Title: r.Title, Clause: r.Clause, UpdatedBy: r.Updates(), Judged: r.Judged, Chapter: r.Chapter(),
		Steps: []string{}, Observed: []string{},
		Evidence: reports.Evidence{Ladder: reports.Ladder{Lanes: []reports.Lane{}, Rungs: []reports.Rung{}}},
	}
}

// resultOf derives a spec's result from what Ginkgo and the lab recorded.
func resultOf(report types.SpecReport, r rfc.Requirement, e lab.Evidence) reports.Result {
	result := blank(report.FullText(), r)
	result.DurationMS = milliseconds(report.RunTime)
	result.Steps = e.Steps(report)
	result.Observed = append(result.Observed, e.Observed...)
	result.Clock = string(e.Clock)
	result.IdleMS = milliseconds(e.Idle)
	// Programs on several hosts wait at once.
	result.WaitedMS, result.SetupMS = milliseconds(min(e.Waited, report.RunTime)), milliseconds(e.Setup)
	result.Policy = e.Policy
	for _, feature := range e.Asks {
		result.Asks = append(result.Asks, string(feature))
	}
	result.NATLog, result.Charts = e.NATLog, e.Charts
	result.Evidence.Capture = e.Capture
	if len(e.Ladder.Lanes) > 0 {
		result.Evidence.Ladder = e.Ladder
	}
	result.Verdict, result.Reason = verdict(report, e.Outcome)
	if result.Verdict == reports.Fail || result.Verdict == reports.Inconclusive {
		result.Observations = e.Observations
	}
	if result.Verdict == reports.Fail && result.Promised() {
		result.Reason += fmt.Sprintf(
			"\nA NAT may do without it, but the driver has accepted the policy (%s), so it has to work.",
			strings.Join(result.Asks, ", "))
	}
	if e.Err != nil && result.Verdict < reports.Error {
		result.Verdict, result.Reason = reports.Error, "the evidence could not be written: "+e.Err.Error()
	}
	return result
}

// verdict derives what a spec found. Only a failed observation in the spec's own
// code is the NAT's failure; whatever else ends a spec is not. Where the NAT has
// ended meanwhile, nothing can be told of what the spec is about.
func verdict(report types.SpecReport, o lab.Outcome) (reports.Verdict, string) {
	reason := strings.TrimSpace(report.Failure.Message)
	if report.Failure.ForwardedPanic != "" {
		reason += ": " + report.Failure.ForwardedPanic
	}
	for _, f := range report.AdditionalFailures {
		// Those of the spec itself are of its earlier tries.
		if o.Broken && f.Failure.FailureNodeContext != types.FailureNodeIsLeafNode {
			reason = strings.TrimSpace(f.Failure.Message + "\n" + reason)
		}
	}
	switch {
	case o.Unsupported:
		return reports.Unsupported, reason
	case o.Broken:
		return reports.Error, reason
	case o.Died != "":
		return reports.Inconclusive, "the NAT under test has ended, which " + staysAlive + " judges: " + o.Died
	case report.State == types.SpecStatePassed:
		return reports.Pass, ""
	case report.State == types.SpecStateFailed && report.Failure.FailureNodeContext == types.FailureNodeIsLeafNode:
		if o.Inconclusive {
			return reports.Inconclusive, reason
		}
		return reports.Fail, reason
	}
	if reason == "" {
		reason = "the spec ended as " + report.State.String()
	}
	return reports.Error, reason
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}
