package reports

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Baseline holds what is known not to pass: the verdict of each such
// requirement. As a file it has one line for each,
//
//	rfc4787.req-9  fail  # no hairpinning without further rules
//
// and empty lines and lines of comment anywhere.
type Baseline map[string]Verdict

// A Deviation is a requirement whose verdict is not what a baseline says.
type Deviation struct {
	Requirement string
	Want        Verdict // Pass where the baseline does not list the requirement
	Got         Verdict
}

func (d Deviation) String() string {
	if d.Got == Pass {
		return fmt.Sprintf("%s: passes, and the baseline lists it as %s", d.Requirement, d.Want)
	}
	return fmt.Sprintf("%s: %s, and the baseline wants %s", d.Requirement, d.Got, d.Want)
}

// ReadBaseline reads a baseline file.
func ReadBaseline(r io.Reader) (Baseline, error) {
	b := Baseline{}
	lines := bufio.NewScanner(io.LimitReader(r, maxJSON))
	n := 0
	for lines.Scan() {
		n++
		if err := b.add(lines.Text()); err != nil {
			return nil, fmt.Errorf("reports: baseline line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reports: baseline line %d: %w", n+1, err)
	}
	return b, nil
}

func (b Baseline) add(line string) error {
	line, _, _ = strings.Cut(line, "#")
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return nil
	}
	if len(fields) != 2 {
		return fmt.Errorf("want a requirement and a verdict, got %q", clip(line, maxQuoted))
	}
	requirement := fields[0]
	if _, twice := b[requirement]; twice {
		return fmt.Errorf("%q is listed twice", clip(requirement, maxQuoted))
	}
	var verdict Verdict
	if err := verdict.UnmarshalText([]byte(clip(fields[1], maxQuoted))); err != nil {
		return err
	}
	if !verdict.known() {
		return fmt.Errorf("a baseline lists fail, error and inconclusive, not %s", verdict)
	}
	b[requirement] = verdict
	return nil
}

// known reports whether a baseline may list v.
func (v Verdict) known() bool { return v == Inconclusive || v == Fail || v == Error }

// WriteBaseline writes the baseline that run does not deviate from.
func WriteBaseline(w io.Writer, run *Run) error {
	if why := run.unfinished(); why != "" {
		return fmt.Errorf("reports: writing a baseline: %w", errors.New(oneLine(why)))
	}
	var text strings.Builder
	text.WriteString("# Known failures: requirement, verdict, comment.\n")
	for _, doc := range run.documents() {
		for _, req := range doc.Requirements {
			if req.Verdict.known() {
				// Only one bare word can be read back.
				if word, _, _ := strings.Cut(req.ID, "#"); !slices.Equal(strings.Fields(word), []string{req.ID}) {
					return fmt.Errorf("reports: writing a baseline: %q is no requirement's ID", clip(req.ID, maxQuoted))
				}
				fmt.Fprintf(&text, "%s  %s  # %s: %s\n", req.ID, req.Verdict, req.Level, oneLine(req.Title))
			}
		}
	}
	if _, err := io.WriteString(w, text.String()); err != nil {
		return fmt.Errorf("reports: writing a baseline: %w", err)
	}
	return nil
}

// Compare returns where run deviates from the baseline, in the order of the
// requirements. A listed requirement must have the listed verdict, so that one
// which has begun to pass is struck off; any other may pass or be unsupported.
// A listed requirement that did not run is no deviation, since a run may be
// limited to a few.
func (b Baseline) Compare(run *Run) []Deviation {
	var deviations []Deviation
	for requirement, got := range Worst(run.Results) {
		want, listed := b[requirement]
		if !listed {
			want = Pass
		}
		if got != want && (listed || got.bad()) {
			deviations = append(deviations, Deviation{Requirement: requirement, Want: want, Got: got})
		}
	}
	slices.SortFunc(deviations, func(x, y Deviation) int {
		return cmp.Or(natural(x.Requirement, y.Requirement), cmp.Compare(x.Requirement, y.Requirement))
	})
	return deviations
}

// ExitStatus says how run ended, measured by the baseline alone: 3 if the run
// broke, was interrupted or judged nothing, 1 if it deviates, and otherwise 0.
func (b Baseline) ExitStatus(run *Run) int {
	switch {
	case run.unfinished() != "":
		return ExitBroken
	case len(b.Compare(run)) > 0:
		return ExitFailed
	}
	return ExitConformant
}
