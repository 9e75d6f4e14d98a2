package suites

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	ginkgo "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites/rfc"
	"github.com/natproof/natproof/topology/nat"
)

// Requirement labels a spec with the requirement that it judges.
func Requirement(id string) ginkgo.Labels {
	if _, ok := rfc.ByID(id); !ok {
		_, file, line, _ := runtime.Caller(1)
		panic(fmt.Sprintf("suites: %s:%d: the catalogue has no requirement %q", file, line, id))
	}
	return ginkgo.Label(id)
}

// requirementOf returns the one requirement that a spec is labelled with.
func requirementOf(report types.SpecReport) (rfc.Requirement, error) {
	var found []rfc.Requirement
	for _, label := range report.Labels() {
		if r, ok := rfc.ByID(label); ok {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		return rfc.Requirement{}, fmt.Errorf("spec %q judges %d requirements instead of one", report.FullText(), len(found))
	}
	return found[0], nil
}

// blank is the result of a spec before it has run.
func blank(spec string, r rfc.Requirement) reports.Result {
	return reports.Result{
		Spec: spec, Requirement: r.ID, RFC: r.RFC, Section: r.Section, Level: r.Level,
		Title: r.Title, Clause: r.Clause, Steps: []string{}, Observed: []string{},
		Evidence: reports.Evidence{Ladder: reports.Ladder{Lanes: []reports.Lane{}, Rungs: []reports.Rung{}}},
	}
}

// resultOf derives a spec's result from what Ginkgo and the lab recorded.
func resultOf(report types.SpecReport, r rfc.Requirement, w *workbench) reports.Result {
	result := blank(report.FullText(), r)
	result.DurationMS = milliseconds(report.RunTime)
	var steps []mark
	for _, event := range report.SpecEvents {
		if event.SpecEventType == types.SpecEventByStart {
			steps = append(steps, mark{event.TimelineLocation.Time, event.Message})
			result.Steps = append(result.Steps, event.Message)
		}
	}
	lab := w.lab
	if lab == nil {
		lab = &Lab{}
	}
	for _, m := range lab.marks {
		result.Observed = append(result.Observed, m.text)
	}
	result.Clock = w.kept.clock
	result.IdleMS = milliseconds(lab.idle)
	result.Policy = describe(lab.setup)
	result.NATLog = w.kept.log
	result.Evidence.Capture = w.kept.capture
	if len(w.kept.records) > 0 {
		result.Evidence.Ladder = ladder(w.kept.records, steps, lab.began, lab.External)
	}
	result.Verdict, result.Reason = verdict(report, lab.outcome)
	if w.kept.err != nil && result.Verdict < reports.Error {
		result.Verdict, result.Reason = reports.Error, "the evidence could not be written: "+w.kept.err.Error()
	}
	return result
}

// verdict derives what a spec found. Only a failed observation in the spec's own
// code is the NAT's failure; whatever else ends a spec is not.
func verdict(report types.SpecReport, o outcome) (reports.Verdict, string) {
	reason := strings.TrimSpace(report.Failure.Message)
	if report.Failure.ForwardedPanic != "" {
		reason += ": " + report.Failure.ForwardedPanic
	}
	for _, f := range report.AdditionalFailures {
		if o.broken {
			reason = strings.TrimSpace(f.Failure.Message + "\n" + reason)
		}
	}
	switch {
	case o.unsupported:
		return reports.Unsupported, reason
	case report.State == types.SpecStatePassed:
		return reports.Pass, ""
	case o.broken:
		return reports.Error, reason
	case report.State == types.SpecStateFailed && report.Failure.FailureNodeContext == types.FailureNodeIsLeafNode:
		if o.inconclusive {
			return reports.Inconclusive, reason
		}
		return reports.Fail, reason
	}
	if reason == "" {
		reason = "the spec ended as " + report.State.String()
	}
	return reports.Error, reason
}

// describe writes a setup in one line.
func describe(s Setup) string {
	parts := []string{"translate the inside to the outside address"}
	if len(s.Policy.Pool) > 0 {
		parts[0] = fmt.Sprintf("translate the inside to the pool %v", s.Policy.Pool)
	}
	for _, p := range s.Policy.Static {
		parts = append(parts, fmt.Sprintf("pair %s with %s", p.Inside, p.External))
	}
	for _, f := range s.Policy.Forwards {
		parts = append(parts, fmt.Sprintf("forward %s %s to %s", f.Protocol, f.External, f.Inside))
	}
	if s.Policy.Hairpin {
		parts = append(parts, "serve the inside with it too")
	}
	if s.Policy.UDPTimeout != 0 {
		parts = append(parts, fmt.Sprintf("let idle UDP mappings live for %v", s.Policy.UDPTimeout))
	}
	if s.OutsideMTU != 0 {
		parts = append(parts, fmt.Sprintf("outside MTU %d", s.OutsideMTU))
	}
	return strings.Join(parts, "; ")
}

func isUnsupported(err error) bool { return errors.Is(err, nat.ErrUnsupported) }
