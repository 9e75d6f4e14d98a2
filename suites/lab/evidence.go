package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2/types"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites/rfc"
	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/nat"
)

// Evidence is what a lab leaves of a spec, for the report.
type Evidence struct {
	Observed []string // what was seen and noted, in order
	Clock    nat.Clock
	Idle     time.Duration // that was let pass on that clock
	Waited   time.Duration // on the wall's clock, for packets, calls or the time
	Setup    time.Duration // that setting up the NAT took
	Policy   string        // what the NAT was asked to do
	Asks     []nat.Feature // that the policy asks for
	NATLog   string
	Charts   []reports.Chart
	Outcome  Outcome
	Ladder   reports.Ladder
	Capture  string    // path inside the report's folder; empty: no capture is kept
	Err      error     // the capture could not be written
	Findings []Finding // what the invariants came to
	// LastSent is what the NAT was sent last.
	LastSent Finding
	// Observations are what decided a failure.
	Observations []reports.Observation
	calls        []mark // of programs on the hosts
}

// take takes over what the lab knows by itself, up to its very end.
func (e *Evidence) take(l *Lab) {
	e.Observed, e.Asks = nil, nil
	for _, m := range l.marks {
		e.Observed = append(e.Observed, m.text)
	}
	e.Idle, e.Policy, e.Outcome = l.idle, l.setup.Describe(), l.outcome
	for _, policy := range l.setup.policies() {
		e.Asks = append(e.Asks, policy.Asks()...)
	}
	slices.Sort(e.Asks)
	e.Asks = slices.Compact(e.Asks)
}

// keep takes what goes away with the lab's world.
func (e *Evidence) keep(l *Lab, report types.SpecReport, out string) {
	e.Clock, e.NATLog = l.world.clock(), l.world.natLog()
	e.calls, e.Charts = l.calls.done(), l.charts
	all, steps := l.paired(), e.steps(report)
	if l.failed(report) || l.premise && l.outcome.Inconclusive && !l.outcome.Broken {
		e.Observations = l.decide(strings.TrimSpace(report.Failure.Message))
	} else {
		l.miss = nil
	}
	if l.world.lost() == 0 { // what was not seen is not judged
		e.Findings = findings(l.judged(all))
	}
	shown := l.decided(all)
	switch m := l.miss; {
	case m == nil:
	case m.silent:
		if where := m.astray(all, shown); where != "" {
			e.Observations[0].Actual += "; " + where
		}
	case len(shown) > 0:
	case m.wanted == nil:
		m.call = decidingStep(steps, m.call)
	}
	for _, f := range e.Findings {
		shown = append(shown, f.marked...)
	}
	traffic := all.ends(shown)
	if len(traffic) < len(all) {
		l.Note(fmt.Sprintf("of %d packets, the capture has the first and the last %d", len(all), evidenceEnd))
	}
	frames := traffic.frames()
	for _, p := range slices.Backward(traffic) {
		if !p.Outgoing && !p.control() {
			e.LastSent.Stimulus, e.LastSent.Frame = p.String(), frames[p]
			break
		}
	}
	if out != "" {
		e.Capture, e.Err = writeCapture(out, capturePath(report), traffic, steps)
	}
	for i, f := range e.Findings {
		if len(f.marked) > 0 {
			e.Findings[i].Frame = frames[f.marked[0]]
		}
	}
	if len(traffic) > 0 {
		e.Ladder = l.ladder(all, steps, shown...)
	}
}

// decidingStep is a call of a program if it is a step, and the last step otherwise; empty if
// there is none.
func decidingStep(steps []mark, call string) string {
	last := ""
	for _, m := range steps {
		if m.text == call {
			return call
		}
		if !strings.HasPrefix(m.text, controlStep) {
			last = m.text
		}
	}
	return last
}

// failed reports whether a spec has failed by an observation.
func (l *Lab) failed(report types.SpecReport) bool {
	return report.State == types.SpecStateFailed && !l.outcome.Broken && !l.outcome.Inconclusive
}

// Steps are what a spec has done, in order: the steps that it has announced, and the
// calls of its programs.
func (e *Evidence) Steps(report types.SpecReport) []string {
	texts := []string{}
	for _, step := range e.steps(report) {
		texts = append(texts, step.text)
	}
	return texts
}

func (e *Evidence) steps(report types.SpecReport) []mark {
	steps := append(stepsOf(report), e.calls...)
	slices.SortStableFunc(steps, func(a, b mark) int { return a.wall.Compare(b.wall) })
	return steps
}

// stepsOf are the steps that the last try of a spec has announced with By.
func stepsOf(report types.SpecReport) []mark {
	var steps []mark
	for _, event := range report.SpecEvents {
		if event.SpecEventType == types.SpecEventSpecRetry {
			steps = nil
		}
		if event.SpecEventType == types.SpecEventByStart {
			steps = append(steps, mark{event.TimelineLocation.Time, event.Message})
		}
	}
	return steps
}

// captureInterfaces are the NAT's two sides in a capture.
var captureInterfaces = []topology.CaptureInterface{
	{Name: insideIface, Description: "the NAT's inside, toward X, X2, X3 and Ri"},
	{Name: outsideIface, Description: "the NAT's outside, toward Y1 to Y4 and R"},
}

// capturePath is where in the report's folder the capture of a spec is.
func capturePath(report types.SpecReport) string {
	requirement := ""
	for _, r := range rfc.Among(report.Labels()) {
		requirement = r.ID
	}
	return reports.CapturePath(requirement, report.FullText())
}

// writeCapture writes one pcapng file with both sides of the NAT as interfaces,
// and returns its path, which is that inside the report's folder.
func writeCapture(out, path string, traffic Traffic, steps []mark) (string, error) {
	name := filepath.Join(out, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return "", err
	}
	file, err := os.Create(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	if err := topology.WritePcapng(file, captureInterfaces, captured(traffic, steps)); err != nil {
		return "", err
	}
	return path, file.Close()
}

// captured turns packets into those of a capture, with comments: the step that a
// packet is the first of, and what the NAT made of it.
func captured(traffic Traffic, steps []mark) []topology.Record {
	packets := make([]topology.Record, 0, len(traffic))
	for _, p := range traffic {
		side := outsideIface
		if p.inside {
			side = insideIface
		}
		var comments []string
		for len(steps) > 0 && !steps[0].wall.After(p.wall) {
			comments = append(comments, "step: "+steps[0].text)
			steps = steps[1:]
		}
		packets = append(packets, topology.Record{
			Time: p.lab, Interface: side, Outgoing: p.outgoing, Data: p.data,
			Comment: strings.Join(append(comments, p.comments()...), "\n"),
		})
	}
	return packets
}
