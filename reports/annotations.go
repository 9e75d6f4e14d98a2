package reports

import (
	"fmt"
	"io"
	"strings"
)

// maxAnnotations is how many errors, and how many warnings, GitHub shows of one step.
const maxAnnotations = 10

// WriteAnnotations writes what did not pass as workflow commands of GitHub Actions,
// which the page of a commit shows. A clause that decides the exit status is an error,
// another a warning; with a baseline, each difference from it is an error and nothing
// else is shown. A nil baseline is no baseline. The tenth of each kind counts those
// that are left out.
func WriteAnnotations(w io.Writer, run *Run, rules Rules, known Baseline) error {
	var errors, warnings []annotation
	title := "natproof: " + run.NAT.Driver
	if why := run.unfinished(); why != "" {
		errors = append(errors, annotation{"error", title, why})
	}
	if known != nil {
		for _, d := range known.Compare(run) {
			errors = append(errors, annotation{"error", title, d.String()})
		}
	} else {
		deciding, others := clauses(run.documents(), rules)
		errors = append(errors, annotations("error", title, deciding)...)
		warnings = annotations("warning", title, others)
	}
	var text strings.Builder
	for _, all := range [][]annotation{errors, warnings} {
		if more := len(all) - maxAnnotations + 1; more > 1 {
			all = append(all[:maxAnnotations-1:maxAnnotations-1], annotation{all[0].kind, title,
				fmt.Sprintf("and %d more; the job's summary lists them", more)})
		}
		for _, a := range all {
			fmt.Fprintf(&text, "::%s title=%s::%s\n", a.kind, inProperty.Replace(oneLine(a.title)),
				inMessage.Replace(clip(oneLine(a.message), maxMessage)))
		}
	}
	if _, err := io.WriteString(w, text.String()); err != nil {
		return fmt.Errorf("reports: writing annotations: %w", err)
	}
	return nil
}

type annotation struct{ kind, title, message string }

func annotations(kind, title string, reqs []requirement) []annotation {
	var all []annotation
	for _, req := range reqs {
		seen := req.worst().decisive()
		message := fmt.Sprintf("%s (%s) %s: %s: ", req.ID, req.Level, req.Verdict, oneLine(req.Title))
		if seen.Expected != "" {
			message += "expected: " + oneLine(seen.Expected) + "; came: "
		}
		all = append(all, annotation{kind, title, message + oneLine(seen.Actual)})
	}
	return all
}

// A workflow command ends with its line, and its properties at a colon or a comma.
var (
	inMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	inProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
