package nat

import (
	"strings"
	"sync"
)

// A tail keeps the end of what a program writes: so much that a person reads
// it, and so little that a program that never stops writing costs nothing.
type tail struct {
	mu      sync.Mutex
	lines   []string // complete ones, oldest first
	current []byte   // the line being written, as far as it is kept
	cut     bool     // current is longer than what is kept
}

const (
	tailLines = 20
	// 20 lines of 400 bytes stay below 8 KiB with their marks and newlines.
	tailWidth = 400
	cutMark   = " …"
)

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, b := range p {
		switch {
		case b == '\n':
			t.endLine()
		case len(t.current) < tailWidth:
			t.current = append(t.current, b)
		default:
			t.cut = true
		}
	}
	return len(p), nil
}

func (t *tail) endLine() {
	if len(t.lines) == tailLines {
		t.lines = append(t.lines[:0], t.lines[1:]...)
	}
	t.lines = append(t.lines, t.line())
	t.current, t.cut = t.current[:0], false
}

// line is the current line as text, whatever bytes it is made of.
func (t *tail) line() string {
	line := strings.TrimRight(strings.ToValidUTF8(string(t.current), "?"), "\r")
	if t.cut {
		line += cutMark
	}
	return line
}

// String returns the last lines, with an unfinished one at the end.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := t.lines
	if len(t.current) > 0 {
		lines = append(lines[max(0, len(lines)+1-tailLines):len(lines):len(lines)], t.line())
	}
	return strings.Join(lines, "\n")
}

// lastLines returns the last n lines of text.
func lastLines(text string, n int) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
