package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// The SGR codes of a colour terminal.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	bold   = "1"
	dim    = "2"
)

// reasonLines is how much of a reason the terminal shows; the report has it all.
const reasonLines = 6

// A terminal is what WriteText writes to.
type terminal struct {
	strings.Builder
	color, strict bool
	width         int
}

// WriteText writes run for a terminal of width columns: a table for each RFC,
// the clauses that did not pass and why, and a line that sums up. Zero width
// means that lines may be as long as they like. strict colours a failed SHOULD
// as a failure. Without color, no escape sequence is written.
func WriteText(w io.Writer, run *Run, color, strict bool, width int) error {
	t := &terminal{color: color, strict: strict, width: width}
	docs := run.documents()
	for _, doc := range docs {
		t.table(doc)
	}
	for _, res := range findings(docs) {
		t.finding(res)
	}
	t.sum(run)
	if _, err := io.WriteString(w, t.String()); err != nil {
		return fmt.Errorf("reports: writing text: %w", err)
	}
	return nil
}

// paint sets s in the colour of code.
func (t *terminal) paint(code, s string) string {
	if !t.color || code == "" {
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
	out.AppendHeader(header)
	widths := make([]int, len(header)-1) // of what stands left of the title
	for i := range widths {
		widths[i] = len(header[i].(string))
	}
	for _, req := range doc.Requirements {
		title := oneLine(req.Title)
		if n := len(req.Results); n > 1 {
			title += " (" + plural(n, "spec") + ")"
		}
		cells := table.Row{
			oneLine(req.ID), oneLine(string(req.Level)), t.verdict(req.Verdict, req.Results[0].binds(t.strict)),
			req.Clocks(), fmt.Sprintf("%.1f", req.DurationMS()),
		}
		for i, cell := range cells {
			widths[i] = max(widths[i], text.StringWidthWithoutEscSequences(cell.(string)))
		}
		out.AppendRow(append(cells, title))
	}
	columns := []table.ColumnConfig{{Name: "ms", Align: text.AlignRight}}
	if t.width > 0 {
		used := 2 // the space around the title
		for _, width := range widths {
			used += width + 3
		}
		columns = append(columns, table.ColumnConfig{Name: "title",
			WidthMax: max(t.width-used, 20), WidthMaxEnforcer: text.WrapSoft})
	}
	out.SetColumnConfigs(columns)
	t.WriteString(t.paint(bold, doc.Name()) + "\n")
	for line := range strings.SplitSeq(out.Render(), "\n") {
		t.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	t.WriteString("\n")
}

func (t *terminal) finding(res *Result) {
	fmt.Fprintf(t, "%s  %s %s  %s\n", t.verdict(res.Verdict, res.binds(t.strict)),
		oneLine(res.Requirement), oneLine(string(res.Level)), oneLine(res.Title))
	fmt.Fprintf(t, "    %s\n", t.paint(dim, oneLine(res.Spec)))
	lines := strings.Split(strings.TrimSpace(shown(res.Reason)), "\n")
	for i, line := range lines {
		if i == reasonLines {
			fmt.Fprintf(t, "    … %s more\n", plural(len(lines)-i, "line"))
			break
		}
		t.WriteString("    " + strings.TrimRight(line, " \t") + "\n")
	}
	t.WriteString("\n")
}

func (t *terminal) sum(run *Run) {
	s := summarize(run.Results)
	if why := run.unfinished(); why != "" {
		for line := range strings.SplitSeq(shown(why), "\n") {
			t.WriteString(t.paint(red, line) + "\n")
		}
	}
	if len(run.Results) == 0 {
		return
	}
	parts := []string{fmt.Sprintf("%d MUST failed", s.MustFailed)}
	if s.OtherFailed > 0 {
		parts = append(parts, fmt.Sprintf("%d of a weaker level failed", s.OtherFailed))
	}
	for _, v := range []Verdict{Error, Inconclusive, Pass, Unsupported} {
		if n := s.Verdicts[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	code := green
	switch run.ExitStatus(t.strict) {
	case ExitFailed:
		code = red
	case ExitBroken:
		code = yellow
	}
	fmt.Fprintf(t, "%s: %s; %s in %s\n", t.paint(bold, oneLine(run.NAT.Driver)),
		t.paint(code, strings.Join(parts, ", ")), plural(s.Total, "spec"), span(run.DurationMS))
}
