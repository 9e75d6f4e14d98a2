package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
)

// A tally shows how far a run has come: a bar on a terminal, and elsewhere a line for
// every clause that did not pass, once for each verdict, or for every spec. It draws only
// when it is told something, so it needs no goroutine. (The progress bars of go-pretty and
// schollz leave lines behind when taken away, or bring an HTTP server along.)
type tally struct {
	w     io.Writer
	bar   bool
	every bool
	begun bool
	told  map[string]bool // clauses with their verdicts
}

func newTally(c console, quiet, every bool) *tally {
	if quiet {
		return &tally{w: io.Discard}
	}
	return &tally{w: c.Err, bar: c.ErrTerm.Width > 0, every: every}
}

// Notify is suites.Config.Notify.
func (t *tally) Notify(e suites.Event) {
	if !t.bar {
		t.line(e)
		return
	}
	// What went wrong stays on the screen, above the bar.
	if e.Result != nil && e.Result.Verdict > reports.Pass {
		t.erase()
		t.line(e)
	}
	// The window may have been made narrower meanwhile.
	if width := terminalOf(t.w).Width; width > 0 {
		t.erase()
		fmt.Fprint(t.w, drawn(e, width))
	}
}

func (t *tally) line(e suites.Event) {
	if !t.begun && !t.bar {
		t.begun = true
		fmt.Fprintf(t.w, "%d specs to run\n", e.Total)
	}
	r := e.Result
	if r == nil || !t.every && r.Verdict <= reports.Pass {
		return
	}
	line := fmt.Sprintf("%-12s  %s  %s", r.Verdict, r.Requirement, r.Title)
	if !t.every && t.told[line] {
		return
	}
	if t.told == nil {
		t.told = map[string]bool{}
	}
	t.told[line] = true
	if t.bar {
		line = within(line, terminalOf(t.w).Width)
	}
	fmt.Fprintln(t.w, line)
}

// within cuts a line to so many columns; none is no limit.
func within(line string, width int) string {
	if width <= 0 {
		return line
	}
	return text.Snip(line, width, "…")
}

// Close takes the bar off the screen.
func (t *tally) Close() {
	if t.bar {
		t.erase()
	}
}

func (t *tally) erase() { fmt.Fprint(t.w, "\r", text.EraseLine.Sprint()) }

// drawn is the bar in at most width-1 columns, since some terminals go to the
// next line as soon as one is full.
func drawn(e suites.Event, width int) string {
	cells := min(30, width/3)
	full := 0
	if e.Total > 0 {
		full = min(cells, cells*e.Finished/e.Total)
	}
	bar := strings.Repeat("#", full) + strings.Repeat(".", cells-full)
	return text.Trim(fmt.Sprintf("[%s] %d/%d %s", bar, e.Finished, e.Total, e.Requirement), width-1)
}
