package reports

import (
	"fmt"
	"strings"
)

// An Observation is what decided a verdict of fail or inconclusive: what was sent, what had to
// come of it, and what came. A rung of the ladder is marked for it, or one is there for what did not come.
type Observation struct {
	Stimulus string `json:"stimulus"` // what was sent or called, by whom and where to
	Expected string `json:"expected"` // what had to come of it, and where
	Actual   string `json:"actual"`   // what came, or that nothing did
	// Differs are the fields in which what came is not as it had to be; empty where nothing
	// came, or something else altogether.
	Differs []Difference `json:"differs,omitempty"`
}

// A Difference is a field of a packet that is not as it had to be.
type Difference struct {
	Field    string `json:"field"`    // its name
	Expected string `json:"expected"` // what it had to be
	Actual   string `json:"actual"`   // what it was
}

// shown is the observation as people are shown it.
func (o Observation) shown() Observation {
	o = o.named()
	view := Observation{Stimulus: shown(o.Stimulus), Expected: shown(o.Expected), Actual: shown(o.Actual)}
	for _, d := range o.Differs[:min(len(o.Differs), maxLines)] {
		view.Differs = append(view.Differs, Difference{oneLine(d.Field), shown(d.Expected), shown(d.Actual)})
	}
	return view
}

// named is the observation with the names of ICMP messages behind their numbers.
func (o Observation) named() Observation {
	o.Stimulus, o.Expected, o.Actual = withICMP(o.Stimulus), withICMP(o.Expected), withICMP(o.Actual)
	return o
}

// why says what decided a result: what was sent, expected and came, or the reason where there
// is more to say.
func (r *Result) why() []string {
	if r.Verdict != Fail || len(r.Observations) == 0 || r.Promised() {
		return strings.Split(strings.TrimSpace(shown(r.Reason)), "\n")
	}
	var lines []string
	for _, o := range r.Observations {
		lines = append(lines, o.lines()...)
	}
	return lines
}

// lines tell the observation in a text.
func (o Observation) lines() []string {
	o = o.named()
	lines := []string{
		"sent: " + oneLine(o.Stimulus), "expected: " + oneLine(o.Expected), "came: " + oneLine(o.Actual),
	}
	for _, d := range o.Differs[:min(len(o.Differs), maxLines)] {
		lines = append(lines,
			fmt.Sprintf("in %s: %s instead of %s", oneLine(d.Field), oneLine(d.Actual), oneLine(d.Expected)))
	}
	return lines
}
