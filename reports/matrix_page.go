package reports

import (
	"bufio"
	"fmt"
	"html/template"
	"io"
	"path"
	"strings"
)

// A matrixPage is a Matrix as its template wants it.
type matrixPage struct {
	Style  template.CSS
	Policy string
	NATs   []matrixNATView
	Groups []matrixGroup
	Signs  []matrixSign
}

// A matrixNATView is the head of a column.
type matrixNATView struct {
	Name, Detail, Headline, Problem string
	Column                          string // the name above the cells, where it is to be short
	Outcome                         string // good, bad or open
	Links                           []matrixLink
	Facts                           []fact
}

type matrixLink struct{ Text, To string }

// A matrixGroup is the rows of one RFC.
type matrixGroup struct {
	Name string
	ID   string
	Rows []matrixRowView
}

type matrixRowView struct {
	ID, Level, Title, Section, Link string
	Cells                           []matrixCellView
}

type matrixCellView struct {
	Verdict    Verdict
	Sign, Says string
	To         string // the ladder, in a report; empty without one
}

// A matrixSign is an entry of the legend.
type matrixSign struct {
	Verdict Verdict
	Sign    string
	Says    string
}

// matrixSigns are the letters of a cell, so that nothing is told by colour alone.
var matrixSigns = []matrixSign{
	{Pass, "P", "pass: everything that was observed is as the clause wants it"},
	{Fail, "F", "fail: an observation contradicts the clause"},
	{Inconclusive, "?", "inconclusive: a control failed, or there was nothing to observe"},
	{Error, "E", "error: the harness broke, or the NAT did not start"},
	{Unsupported, "U", "unsupported: the driver cannot ask its NAT for this"},
	{NotRun, "·", "not run"},
}

// WriteMatrixHTML writes the matrix as one page that needs nothing else. Cells link to the
// reports by relative paths.
func WriteMatrixHTML(w io.Writer, m *Matrix) error {
	out := bufio.NewWriter(w)
	if err := pages().ExecuteTemplate(out, "matrix.html.tmpl", newMatrixPage(m)); err != nil {
		return fmt.Errorf("reports: writing the matrix: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("reports: writing the matrix: %w", err)
	}
	return nil
}

// maxColumn is how many characters of a NAT's name stand above its cells.
const maxColumn = 32

// columnName is a NAT's name above its cells. Of a program's path the end tells it from others.
func columnName(name string) string {
	if kind, program, ok := strings.Cut(name, ":"); ok && len(name) > maxColumn {
		if at := strings.LastIndexByte(program, '/'); at >= 0 {
			name = kind + ":…" + program[at:]
		}
	}
	return short(name, maxColumn)
}

func newMatrixPage(m *Matrix) *matrixPage {
	p := &matrixPage{Style: template.CSS(matrixStyle), Policy: matrixPolicy, Signs: matrixSigns}
	for _, n := range m.NATs {
		view := matrixNATView{
			Name: oneLine(n.Name), Detail: oneLine(n.Detail), Headline: oneLine(n.Headline), Problem: shown(n.Problem),
			Outcome: map[int]string{ExitConformant: "good", ExitFailed: "bad"}[n.ExitStatus],
		}
		view.Column = columnName(view.Name)
		if view.Outcome == "" {
			view.Outcome = "open"
		}
		for i, folder := range n.Reports {
			text := "report"
			if len(n.Reports) > 1 {
				text = fmt.Sprintf("report %d", i+1)
			}
			view.Links = append(view.Links, matrixLink{text, path.Join(folder, HTMLFile)})
		}
		for _, f := range []fact{{"Kernel", n.Kernel}, {"natproof", n.Version}, {"Clock", n.Clock}} {
			if f.Value = oneLine(f.Value); f.Value != "" {
				view.Facts = append(view.Facts, f)
			}
		}
		p.NATs = append(p.NATs, view)
	}
	for _, row := range m.Rows {
		name := document{RFC: row.RFC}.Name()
		if last := len(p.Groups) - 1; last < 0 || p.Groups[last].Name != name {
			p.Groups = append(p.Groups, matrixGroup{Name: name, ID: fmt.Sprintf("group-%d", len(p.Groups)+1)})
		}
		group := &p.Groups[len(p.Groups)-1]
		group.Rows = append(group.Rows, newMatrixRowView(row))
	}
	return p
}

func newMatrixRowView(row MatrixRow) matrixRowView {
	view := matrixRowView{
		ID: oneLine(row.Requirement), Level: oneLine(string(row.Level)), Title: oneLine(row.Title),
		Section: clauseName(row.RFC, row.Section), Link: clauseLink(row.RFC, row.Section),
	}
	for _, cell := range row.Cells {
		c := matrixCellView{Verdict: cell.Verdict, Says: cell.Verdict.String()}
		for _, sign := range matrixSigns {
			if sign.Verdict == cell.Verdict {
				c.Sign = sign.Sign
			}
		}
		if cell.Specs > 1 && cell.Verdict != Pass {
			c.Says = fmt.Sprintf("%s: %d of %s", cell.Verdict, cell.Worst, plural(cell.Specs, "spec"))
		}
		if cell.Report != "" {
			c.To = path.Join(cell.Report, HTMLFile) + "#" + view.ID
		}
		view.Cells = append(view.Cells, c)
	}
	return view
}
