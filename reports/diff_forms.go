package reports

import (
	"bufio"
	"fmt"
	"html/template"
	"io"
)

// WriteDiffText writes what has changed for a terminal: the worst first, a few lines for
// each spec.
func WriteDiffText(w io.Writer, d Diff, screen Screen) error {
	t := &terminal{Screen: screen}
	code := green
	if d.Worse() {
		code = red
	}
	t.lines(0, bold+";"+code, d.summary())
	t.lines(0, dim, "old: "+d.Old.name())
	t.lines(0, dim, "new: "+d.New.name())
	if why := d.New.unfinished(); why != "" {
		t.lines(0, red, "The new run is not whole. "+oneLine(why))
	}
	for _, group := range d.kinds() {
		kind := group[0].Kind
		code := ""
		if kind.worse() {
			code = red
		}
		t.WriteString("\n")
		t.lines(0, code, fmt.Sprintf("%s: %s", kind, plural(len(group), "spec")))
		for _, c := range group {
			t.lines(2, "", fmt.Sprintf("%s %s: %s, was %s",
				oneLine(c.Requirement), oneLine(string(c.Level)), c.New, c.Old))
			t.lines(4, dim, oneLine(c.Spec))
			if kind.worse() && c.Reason != "" {
				t.lines(4, "", inALine(c.Reason))
			}
		}
	}
	if _, err := io.WriteString(w, t.String()); err != nil {
		return fmt.Errorf("reports: writing text: %w", err)
	}
	return nil
}

// WriteDiffMarkdown writes what has changed as GitHub-flavoured Markdown.
func WriteDiffMarkdown(w io.Writer, d Diff) error {
	m := &markdown{}
	fmt.Fprintf(m, "## natproof: what has changed\n\n**%s**\n\n", inline(d.summary()))
	fmt.Fprintf(m, "old: %s<br>new: %s\n", inline(d.Old.name()), inline(d.New.name()))
	if why := d.New.unfinished(); why != "" {
		fmt.Fprintf(m, "\nThe new run is not whole. %s\n", inline(oneLine(why)))
	}
	for _, group := range d.kinds() {
		kind := group[0].Kind
		title := fmt.Sprintf("%s: %s", kind, plural(len(group), "spec"))
		if kind.worse() {
			fmt.Fprintf(m, "\n### %s\n\n", title)
		} else {
			fmt.Fprintf(m, "\n<details><summary>%s</summary>\n\n", title)
		}
		m.WriteString("| requirement | spec | was | is | why |\n|---|---|---|---|---|\n")
		for _, c := range group[:min(len(group), maxClauses)] {
			fmt.Fprintf(m, "| %s %s | %s | %s | **%s** | %s |\n", code(c.Requirement), inline(string(c.Level)),
				cell(c.Spec), c.Old, c.New, cell(c.Reason))
		}
		if more := len(group) - maxClauses; more > 0 {
			fmt.Fprintf(m, "\nand %s\n", plural(more, "more spec"))
		}
		if !kind.worse() {
			m.WriteString("\n</details>\n")
		}
	}
	if _, err := io.WriteString(w, m.String()); err != nil {
		return fmt.Errorf("reports: writing Markdown: %w", err)
	}
	return nil
}

// A diffPage is a Diff as its template wants it.
type diffPage struct {
	Style    template.CSS
	Policy   string
	Summary  string
	Outcome  string // good or bad
	Old, New string
	Alarm    string // why the new run is not whole; empty if it is
	Groups   []diffGroup
}

type diffGroup struct {
	Name, ID string
	Changes  []diffView
}

type diffView struct {
	Requirement, Level, Title, Spec, Reason string
	Old, New                                Verdict
	OldMark, NewMark                        string
}

// WriteDiffHTML writes what has changed as one page that needs nothing else.
func WriteDiffHTML(w io.Writer, d Diff) error {
	page := diffPage{
		Style: template.CSS(matrixStyle), Policy: matrixPolicy, Summary: d.summary(), Outcome: "good",
		Old: d.Old.name(), New: d.New.name(), Alarm: shown(d.New.unfinished()),
	}
	if d.Worse() {
		page.Outcome = "bad"
	}
	for i, group := range d.kinds() {
		view := diffGroup{
			Name: fmt.Sprintf("%s: %s", group[0].Kind, plural(len(group), "spec")), ID: fmt.Sprintf("kind-%d", i+1),
		}
		for _, c := range group {
			view.Changes = append(view.Changes, diffView{
				Requirement: oneLine(c.Requirement), Level: oneLine(string(c.Level)), Title: oneLine(c.Title),
				Spec: oneLine(c.Spec), Reason: shown(c.Reason),
				Old: c.Old, New: c.New, OldMark: mark(c.Old), NewMark: mark(c.New),
			})
		}
		page.Groups = append(page.Groups, view)
	}
	out := bufio.NewWriter(w)
	if err := pages().ExecuteTemplate(out, "diff.html.tmpl", page); err != nil {
		return fmt.Errorf("reports: writing HTML: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("reports: writing HTML: %w", err)
	}
	return nil
}
