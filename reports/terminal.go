package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/natproof/natproof/span"
)

// The SGR codes of a colour terminal.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	bold   = "1"
	dim    = "2"
)

// reasonLines is how much of a reason the terminal shows at most; the report has it all.
const reasonLines = 6

// A Screen is what WriteText writes for.
type Screen struct {
	// Width is how many columns there are; zero means that lines may be as long as they like.
	Width int
	// Color allows escape sequences.
	Color bool
	// Verbose asks for a table of all verdicts, and for every spec that did not pass.
	Verbose bool
}

// A terminal is what WriteText fills.
type terminal struct {
	strings.Builder
	Screen
	rules Rules
}

// WriteText writes run for a terminal: first what the run comes to, then the clauses
// that did not pass, each in a few lines. The rules decide what is coloured as a failure.
func WriteText(w io.Writer, run *Run, rules Rules, screen Screen) error {
	t := &terminal{Screen: screen, rules: rules}
	docs := run.documents()
	t.sum(run)
	if t.Verbose {
		for _, doc := range docs {
			t.WriteString("\n")
			t.table(doc)
		}
		for _, res := range findings(docs) {
			t.WriteString("\n")
			t.finding(res)
		}
	} else {
		t.briefs(docs)
	}
	if _, err := io.WriteString(w, t.String()); err != nil {
		return fmt.Errorf("reports: writing text: %w", err)
	}
	return nil
}

// paint sets s in the colour of code.
func (t *terminal) paint(code, s string) string {
	if !t.Color || code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (t *terminal) verdict(v Verdict, binds bool) string {
	code := dim
	switch {
	case v == Pass:
		code = green
	case v == Error, v == Fail && binds:
		code = red
	case v.bad():
		code = yellow
	}
	return t.paint(code, v.String())
}

func (t *terminal) table(doc document) {
	out := table.NewWriter()
	style := table.StyleLight
	style.Options = table.OptionsNoBorders
	style.Format.Header = text.FormatDefault
	out.SetStyle(style)
	header := table.Row{"requirement", "level", "verdict", "clock", "ms", "title"}
	rows := []table.Row{header}
	for _, req := range doc.Requirements {
		title := oneLine(req.Title)
		if n := len(req.Results); n > 1 {
			title += " (" + plural(n, "spec") + ")"
		}
		rows = append(rows, table.Row{
			oneLine(req.ID), oneLine(string(req.Level)), t.verdict(req.Verdict, req.binds(t.rules.Strict)),
			req.Clocks(), fmt.Sprintf("%.1f", req.DurationMS()), title,
		})
	}
	columns := []table.ColumnConfig{{Name: "ms", Align: text.AlignRight}}
	if t.Width > 0 {
		left := t.Width - columnsOf(rows)
		if left < titleColumns { // the time is what a narrow screen can do without
			for i, row := range rows {
				rows[i] = append(slices.Clone(row[:3]), row[5])
			}
			left = t.Width - columnsOf(rows)
		}
		columns = append(columns, table.ColumnConfig{Name: "title",
			WidthMax: max(left, 10), WidthMaxEnforcer: text.WrapSoft})
	}
	out.AppendHeader(rows[0])
	out.AppendRows(rows[1:])
	out.SetColumnConfigs(columns)
	t.WriteString(t.paint(bold, doc.Name()) + "\n")
	for line := range strings.SplitSeq(out.Render(), "\n") {
		t.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// titleColumns is how much of a table's width the titles have, before the time is left out.
const titleColumns = 24

// columnsOf is how wide a table is but for the text of its last column.
func columnsOf(rows []table.Row) int {
	used := 2 // the space around the last
	for i := range len(rows[0]) - 1 {
		widest := 0
		for _, row := range rows {
			widest = max(widest, text.StringWidthWithoutEscSequences(row[i].(string)))
		}
		used += widest + 3
	}
	return used
}

func (t *terminal) finding(res *Result) {
	verdict := res.Verdict.String()
	for i, part := range t.whole(0, fmt.Sprintf("%s  %s %s  %s",
		verdict, oneLine(res.Requirement), oneLine(string(res.Level)), oneLine(res.Title))) {
		if i == 0 {
			part = t.verdict(res.Verdict, res.binds(t.rules.Strict)) + strings.TrimPrefix(part, verdict)
		}
		t.WriteString(part + "\n")
	}
	for _, part := range t.whole(4, oneLine(res.Spec)) {
		t.WriteString("    " + t.paint(dim, part) + "\n")
	}
	for _, line := range abridged(res.why(), reasonLines) {
		for _, part := range t.whole(4, strings.TrimRight(line, " \t")) {
			t.WriteString(strings.TrimRight("    "+part, " ") + "\n")
		}
	}
}

// whole is all of a line that is to be indented by so many columns, broken where the screen ends.
func (t *terminal) whole(indent int, line string) []string {
	width := t.Width - indent
	if t.Width <= 0 || room(line) <= width {
		return []string{line}
	}
	parts := folded(line, max(width-2, 20))
	for i := range parts[1:] {
		parts[i+1] = "  " + parts[i+1]
	}
	return parts
}

// abridged keeps at most so many lines, and of these the last: what was awaited
// stands at the beginning of a reason, and often the cause at its end.
func abridged(lines []string, most int) []string {
	if len(lines) <= most {
		return lines
	}
	head, last := lines[:most-2], lines[len(lines)-1]
	return append(slices.Clone(head), fmt.Sprintf("… %s more", plural(len(lines)-most+1, "line")), last)
}

func (t *terminal) sum(run *Run) {
	s := summarize(run)
	if why := run.unfinished(); why != "" {
		for line := range strings.SplitSeq(shown(why), "\n") {
			t.WriteString(t.paint(red, line) + "\n")
		}
	}
	if len(run.Results) == 0 {
		return
	}
	parts := []string{fmt.Sprintf("%d MUST failed", s.MustFailed)}
	if s.PromisedFailed > 0 {
		parts = append(parts, fmt.Sprintf("%d of a promised feature failed", s.PromisedFailed))
	}
	if weaker := s.OtherFailed - s.PromisedFailed; weaker > 0 {
		parts = append(parts, fmt.Sprintf("%d of a weaker level failed", weaker))
	}
	for _, v := range []Verdict{Error, Inconclusive, Pass, Unsupported} {
		if n := s.Verdicts[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	overall := 0
	for _, res := range run.Results {
		if res.Overall {
			overall++
		}
	}
	of := plural(s.Total-overall, "spec")
	if overall > 0 {
		of += " and " + plural(overall, "requirement") + " over all of them"
	}
	for _, fault := range run.NAT.Faults {
		t.lines(0, yellow, "on purpose: "+fault.String())
	}
	line, outcome := headline(run, t.rules)
	code := map[string]string{"good": green, "bad": red, "open": yellow}[outcome]
	t.lines(0, bold+";"+code, oneLine(run.NAT.Driver)+": "+line)
	t.lines(0, "", fmt.Sprintf("%s; %s in %s", strings.Join(parts, ", "), of, span.Millis(run.DurationMS)))
}
