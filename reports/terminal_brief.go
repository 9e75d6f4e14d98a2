package reports

import (
	"fmt"
	"strings"
)

// briefs tells what did not pass, a few lines for each clause: what had to come, what
// came, and where the packets are.
func (t *terminal) briefs(docs []document) {
	bad := map[string]int{} // specs by requirement and verdict
	of := map[string]int{}
	found := findings(docs)
	for _, doc := range docs {
		for _, req := range doc.Requirements {
			of[req.ID] = len(req.Results)
		}
	}
	key := func(r *Result) string { return r.Requirement + " " + r.Verdict.String() }
	for _, res := range found {
		bad[key(res)]++
	}
	told := map[string]bool{}
	for _, res := range found {
		if told[key(res)] {
			continue
		}
		told[key(res)] = true
		t.WriteString("\n")
		t.brief(res, bad[key(res)], of[res.Requirement])
	}
}

// brief tells one result for all of its clause's with the same verdict.
func (t *terminal) brief(res *Result, bad, of int) {
	code := yellow
	if res.Verdict == Error || res.Verdict == Fail && res.binds(t.rules.Strict) {
		code = red
	}
	head := fmt.Sprintf("%s  %s %s  %s",
		res.Verdict, oneLine(res.Requirement), oneLine(string(res.Level)), oneLine(res.Title))
	if of > 1 {
		head += fmt.Sprintf(" (%d of %s)", bad, plural(of, "spec"))
	}
	t.lines(0, code, head)
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
		t.lines(2, dim, capture)
	}
}

// inALine returns the lines of a reason as one.
func inALine(reason string) string {
	return oneLine(strings.ReplaceAll(strings.TrimSpace(shown(reason)), "\n", "; "))
}

// briefLines is how many lines one sentence of a brief may take.
const briefLines = 3

// lines writes a text in at most a few lines of the screen, indented by so many columns and
// by two more after the first. What has no spaces, such as the path of a capture, is
// broken where the line ends.
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
