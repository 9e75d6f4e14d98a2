package reports

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// MatrixSchema names the version of the JSON form of a Matrix, as Schema does for a Run.
const MatrixSchema = "natproof.matrix/1"

// The files of a matrix, in its folder.
const (
	MatrixFile     = "matrix.json"
	MatrixHTMLFile = "index.html"
)

// A Matrix sets several NATs side by side, requirement by requirement.
type Matrix struct {
	Schema string      `json:"schema"`       // the name and version of this form
	NATs   []MatrixNAT `json:"nats"`         // the columns
	Rows   []MatrixRow `json:"requirements"` // the rows
}

// A MatrixNAT is a column: one NAT as one run has judged it.
type MatrixNAT struct {
	Name    string `json:"name"`    // as --nat named it
	Detail  string `json:"detail"`  // one line: what it is
	Kernel  string `json:"kernel"`  // as uname -srm says it; empty where it is not known
	Version string `json:"version"` // of natproof
	Clock   string `json:"clock"`   // on which clock it was judged; empty where nothing was
	// Reports are the folders of the reports, relative to the matrix, with slashes: one, or
	// one for each shard that there is. None where nothing was judged.
	Reports  []string `json:"reports"`
	Headline string   `json:"headline"` // verdict and coverage, in words
	Summary  Summary  `json:"summary"`  // counts, as a run has them
	// Problem says why the NAT was not judged, or not to the end; empty when it was.
	Problem string `json:"problem,omitempty"`
	// ExitStatus is what a run that judges this NAT alone ends with.
	ExitStatus int `json:"exit_status"`
}

// A MatrixRow is a requirement.
type MatrixRow struct {
	Requirement string `json:"requirement"` // its ID
	RFC         int    `json:"rfc"`         // the number of the RFC, 0 for none
	Section     string `json:"section"`     // of the RFC
	Level       Level  `json:"level"`       // how far the clause obliges
	Title       string `json:"title"`       // the requirement in a few words
	// Cells are the verdicts, one for each NAT in their order.
	Cells []MatrixCell `json:"cells"`
}

// A MatrixCell is what one NAT makes of a requirement.
type MatrixCell struct {
	Verdict Verdict `json:"verdict"`          // the worst of its specs; not-run where the run has none
	Specs   int     `json:"specs"`            // how many specs of it there are
	Worst   int     `json:"worst"`            // how many of them have that verdict
	Reason  string  `json:"reason,omitempty"` // of the first of those
	Report  string  `json:"report,omitempty"` // the folder that shows it, one of the NAT's
}

// A MatrixEntry is one NAT of a matrix to be made: its run, or the shards of it that there
// are, each with the folder of its report. Without a run, Name and Problem say what was
// to be judged and why it was not.
type MatrixEntry struct {
	Runs    []*Run
	Folders []string // relative to the matrix, with slashes; as many as Runs
	Name    string
	Problem string
	// Alone says that a shard is all that was asked for: the others are elsewhere.
	Alone bool
}

// NewMatrix makes a matrix. The error says which shards do not belong together.
func NewMatrix(entries []MatrixEntry, rules Rules) (*Matrix, error) {
	m := &Matrix{Schema: MatrixSchema, NATs: []MatrixNAT{}, Rows: []MatrixRow{}}
	at := map[string]int{} // by requirement, in m.Rows
	for column, entry := range entries {
		run, err := entry.whole()
		if err != nil {
			return nil, err
		}
		m.NATs = append(m.NATs, entry.column(run, rules))
		if run == nil {
			continue
		}
		for i := range run.Results {
			result := &run.Results[i]
			row, known := at[result.Requirement]
			if !known {
				row = len(m.Rows)
				at[result.Requirement] = row
				m.Rows = append(m.Rows, MatrixRow{
					Requirement: result.Requirement, RFC: result.RFC, Section: result.Section,
					Level: result.Level, Title: result.Title, Cells: make([]MatrixCell, len(entries)),
				})
			}
			m.Rows[row].Cells[column].add(result, entry.shows(result))
		}
	}
	slices.SortStableFunc(m.Rows, func(a, b MatrixRow) int {
		return cmp.Or(cmp.Compare(uint(a.RFC-1), uint(b.RFC-1)), // those of no RFC come last
			natural(a.Requirement, b.Requirement), cmp.Compare(a.Requirement, b.Requirement))
	})
	return m, nil
}

// whole returns the entry's run, made of its shards where they are such; nil without one.
func (e MatrixEntry) whole() (*Run, error) {
	switch {
	case len(e.Runs) == 0:
		return nil, nil
	case len(e.Runs) == 1 && (e.Alone || e.Runs[0].Shard == nil):
		return e.Runs[0], nil
	}
	run, _, err := Merge(e.Runs)
	return run, err
}

func (e MatrixEntry) column(run *Run, rules Rules) MatrixNAT {
	if run == nil {
		return MatrixNAT{
			Name: e.Name, Reports: []string{}, Headline: "Not judged", Problem: e.Problem, ExitStatus: ExitBroken,
			Summary: Summary{Verdicts: map[Verdict]int{}},
		}
	}
	text, _ := headline(run, rules)
	folders := slices.Clone(e.Folders)
	return MatrixNAT{
		Name: run.NAT.Driver, Detail: run.NAT.Detail, Kernel: run.Kernel, Version: run.Tool.Version, Clock: run.Clock,
		Reports: append([]string{}, folders...), Headline: text, Summary: summarize(run),
		Problem: run.unfinished(), ExitStatus: rules.ExitStatus(run),
	}
}

// shows returns the folder of the report that has a result.
func (e MatrixEntry) shows(result *Result) string {
	for i, run := range e.Runs {
		has := func(r Result) bool { return r.Spec == result.Spec && r.Verdict == result.Verdict }
		if len(e.Runs) == 1 || slices.ContainsFunc(run.Results, has) {
			return e.Folders[i]
		}
	}
	return ""
}

func (c *MatrixCell) add(result *Result, folder string) {
	c.Specs++
	switch {
	case result.Verdict > c.Verdict:
		c.Verdict, c.Worst, c.Reason, c.Report = result.Verdict, 1, result.Reason, folder
	case result.Verdict == c.Verdict:
		c.Worst++
	}
}

// ExitStatus is the worst of the NATs': one that broke comes before one that failed. A
// matrix without a NAT proves nothing.
func (m *Matrix) ExitStatus() int {
	if len(m.NATs) == 0 {
		return ExitBroken
	}
	worst := ExitConformant
	for _, n := range m.NATs {
		worst = max(worst, n.ExitStatus)
	}
	return worst
}

// WriteMatrixJSON writes the matrix as one JSON document.
func WriteMatrixJSON(w io.Writer, m *Matrix) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(m); err != nil {
		return fmt.Errorf("reports: writing the matrix: %w", err)
	}
	return nil
}

// MatrixFolder returns the name of the subfolder for the report of a NAT, unlike those
// that are taken.
func MatrixFolder(nat string, taken []string) string {
	name := natName(nat)
	for n, try := 2, name; ; n++ {
		if !slices.Contains(taken, try) {
			return try
		}
		try = fmt.Sprintf("%s-%d", name, n)
	}
}
