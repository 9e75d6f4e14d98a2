package reports

import (
	"fmt"
	"strings"
)

// briefs tells what did not pass, a few lines for each clause: what had to come, what came,
// and where the packets are. What does not bind the NAT has a line for each clause.
func (t *terminal) briefs(docs []document) {
	var weaker []clauseFinding
	for _, c := range byClause(docs) {
		if !c.binds(t.rules.Strict) && c.Verdict != Error {
			weaker = append(weaker, c)
			continue
		}
		t.WriteString("\n")
		t.brief(c)
	}
	if len(weaker) == 0 {
		return
	}
	t.WriteString("\n")
	t.lines(0, bold, plural(len(weaker), "clause")+" of a weaker level did not pass; -v tells what came of each:")
	for _, c := range weaker {
		t.lines(2, yellow, c.head())
	}
}

// head names the clause, and says how many of its specs have the verdict.
func (c clauseFinding) head() string {
	head := fmt.Sprintf("%s  %s %s  %s",
		c.Verdict, oneLine(c.Requirement), oneLine(string(c.Level)), oneLine(c.Title))
	if share := c.share(); share != "" {
		head += " (" + share + ")"
	}
	return head
}

// brief tells one result for all of its clause's with the same verdict.
func (t *terminal) brief(c clauseFinding) {
	res := c.Result
	code := yellow
	if res.Verdict == Error || res.Verdict == Fail && res.binds(t.rules.Strict) {
		code = red
	}
	t.lines(0, code, c.head())
	if c.As != "" {
		t.lines(2, "", "the same packets as "+oneLine(c.As)+", above")
		return
	}
	if o := res.decisive(); res.Verdict == Fail && o.Expected != "" {
		t.lines(2, "", "expected: "+oneLine(o.Expected))
		t.lines(2, "", "came: "+oneLine(o.Actual))
		if res.Promised() {
			// Why a clause that says MAY binds stands at the end of the reason.
			lines := strings.Split(strings.TrimSpace(shown(res.Reason)), "\n")
			t.lines(2, "", lines[len(lines)-1])
		}
	} else {
		t.lines(2, "", inALine(res.Reason))
	}
	if capture := oneLine(res.Evidence.Capture); capture != "" {
		// A path is copied, so it stays whole, however narrow the screen.
		t.WriteString("  " + t.paint(dim, capture) + "\n")
	}
}

// inALine returns the lines of a reason as one.
func inALine(reason string) string {
	return oneLine(strings.ReplaceAll(strings.TrimSpace(shown(reason)), "\n", "; "))
}

// briefLines is how many lines one sentence of a brief may take.
const briefLines = 3

// lines writes a text in at most a few lines of the screen, indented by so many columns and
// by two more after the first. A longer word is broken where the line ends.
func (t *terminal) lines(indent int, code, text string) {
	parts := []string{text}
	if t.Width > 0 {
		parts = folded(text, max(t.Width-indent-2, 20))
	}
	for i, part := range abridged(parts, briefLines) {
		if i > 0 {
			part = "  " + part
		}
		t.WriteString(strings.Repeat(" ", indent) + t.paint(code, part) + "\n")
	}
}

// folded breaks a text into lines of at most n columns.
func folded(text string, n int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && room(line)+1+room(word) > n {
			lines, line = append(lines, line), ""
		}
		for room(word) > n {
			cut := cutAt(word, n)
			lines, word = append(lines, word[:cut]), word[cut:]
		}
		line = strings.TrimLeft(line+" "+word, " ")
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// cutAt returns how many bytes of a text fit into n columns, one character at least.
func cutAt(text string, n int) int {
	for i := range text {
		if i > 0 && room(text[:i])+2 > n {
			return i
		}
	}
	return len(text)
}
