package reports

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/natproof/natproof/span"
)

// maxCell bounds a reason in a table of Markdown; the page has all of it.
const maxCell = 300

// maxClauses bounds the clauses of one table of Markdown. A summary of a CI job may
// have 1 MiB, and nobody reads further.
const maxClauses = 200

// A markdown is a text that WriteMarkdown writes.
type markdown struct {
	strings.Builder
}

// WriteMarkdown writes run as GitHub-flavoured Markdown, as the summary of a CI job
// shows it: the headline, a table of counts for each RFC, and a table of the clauses
// that did not pass. Those that decide the exit status are shown, the others folded.
// With a baseline, what differs from it comes first, and all else is folded; a nil
// baseline is no baseline.
func WriteMarkdown(w io.Writer, run *Run, rules Rules, known Baseline) error {
	m := &markdown{}
	m.head(run, rules)
	docs := run.documents()
	m.counts(docs)
	if known != nil {
		m.deviations(run, known)
	}
	deciding, others := clauses(docs, rules)
	m.clauses("that decides", deciding, known != nil)
	m.clauses("that does not decide", others, true)
	if _, err := io.WriteString(w, m.String()); err != nil {
		return fmt.Errorf("reports: writing Markdown: %w", err)
	}
	return nil
}

func (m *markdown) head(run *Run, rules Rules) {
	line, _ := headline(run, rules)
	fmt.Fprintf(m, "## natproof: %s\n\n**%s**\n\n", inline(run.NAT.Driver), inline(line))
	if why := run.unfinished(); why != "" {
		fmt.Fprintf(m, "%s\n\n", inline(why))
	}
	var facts []string
	for _, fact := range []string{run.NAT.Detail, run.Kernel, "clock " + cmp.Or(run.Clock, "not known"),
		span.Millis(run.DurationMS), "natproof " + run.Tool.Version} {
		if fact != "" {
			facts = append(facts, inline(fact))
		}
	}
	fmt.Fprintf(m, "%s\n", strings.Join(facts, " · "))
}

// counts is the requirements of each document, by verdict.
func (m *markdown) counts(docs []document) {
	if len(docs) == 0 {
		return
	}
	m.WriteString("\n| | pass | MUST failed | weaker failed | undecided | unsupported |\n|---|--:|--:|--:|--:|--:|\n")
	for _, doc := range docs {
		var pass, must, weaker, undecided, unsupported int
		for _, req := range doc.Requirements {
			switch {
			case req.Verdict == Pass:
				pass++
			case req.Verdict == Unsupported:
				unsupported++
			case req.Verdict != Fail:
				undecided++
			case req.Level.Strength() == 3:
				must++
			default:
				weaker++
			}
		}
		fmt.Fprintf(m, "| %s | %d | %d | %d | %d | %d |\n", inline(doc.Name()),
			pass, must, weaker, undecided, unsupported)
	}
}

func (m *markdown) deviations(run *Run, known Baseline) {
	found := known.Compare(run)
	if len(found) == 0 {
		m.WriteString("\nNothing differs from the baseline.\n")
		return
	}
	fmt.Fprintf(m, "\n### %s from the baseline\n\n| requirement | baseline | this run |\n|---|---|---|\n",
		plural(len(found), "difference"))
	for _, d := range found[:min(len(found), maxClauses)] {
		fmt.Fprintf(m, "| %s | %s | **%s** |\n", code(d.Requirement), d.Want, d.Got)
	}
}

// clauses returns the requirements that somebody ought to look at: those that the
// exit status depends on, and the others.
func clauses(docs []document, rules Rules) (deciding, others []requirement) {
	for _, doc := range docs {
		for _, req := range doc.Requirements {
			switch {
			case !req.Verdict.bad():
			case req.Verdict == Error || req.binds(rules.Strict):
				deciding = append(deciding, req)
			default:
				others = append(others, req)
			}
		}
	}
	return deciding, others
}

func (m *markdown) clauses(which string, reqs []requirement, folded bool) {
	if len(reqs) == 0 {
		return
	}
	title := "Not passed: " + plural(len(reqs), "clause") + " " + which
	if len(reqs) != 1 {
		title = strings.NewReplacer("decides", "decide", "does", "do").Replace(title)
	}
	if folded {
		fmt.Fprintf(m, "\n<details><summary>%s</summary>\n\n", title)
	} else {
		fmt.Fprintf(m, "\n### %s\n\n", title)
	}
	m.WriteString("| requirement | verdict | sent | expected | came |\n|---|---|---|---|---|\n")
	for _, req := range reqs[:min(len(reqs), maxClauses)] {
		seen := req.worst().decisive()
		fmt.Fprintf(m, "| %s %s<br>%s | %s | %s | %s | %s |\n", code(req.ID), inline(string(req.Level)),
			inline(req.Title), req.Verdict, cell(seen.Stimulus), cell(seen.Expected), cell(seen.Actual))
	}
	if more := len(reqs) - maxClauses; more > 0 {
		fmt.Fprintf(m, "\nand %s\n", plural(more, "more clause"))
	}
	if folded {
		m.WriteString("\n</details>\n")
	}
}

// worst is the first of the results that the requirement's verdict comes from.
func (r requirement) worst() *Result {
	for _, res := range r.Results {
		if res.Verdict == r.Verdict {
			return res
		}
	}
	return r.Results[0]
}

// decisive is what decided the verdict; where nothing was observed, the reason stands in
// the place of what came.
func (r *Result) decisive() Observation {
	if r.Verdict == Fail && len(r.Observations) > 0 {
		return r.Observations[0].named()
	}
	return Observation{Actual: r.Reason}
}

func cell(text string) string { return inline(clip(oneLine(text), maxCell)) }

var notMarkdown = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "|", `\|`,
	"~", `\~`, "&", "&amp;", "<", "&lt;", ">", "&gt;")

// inline is a text of the run in a line or a cell of Markdown, of which nothing is
// markup.
func inline(text string) string { return notMarkdown.Replace(oneLine(text)) }

// code is a name as Markdown shows code; empty for no name.
func code(name string) string {
	if name = strings.NewReplacer("`", "'", "|", "¦").Replace(oneLine(name)); name == "" {
		return ""
	}
	return "`" + name + "`"
}
