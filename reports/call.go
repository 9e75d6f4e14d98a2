package reports

import (
	"slices"
	"strings"
)

// Measures of a call in a drawn ladder: a mark on its host's lane, and its text in a frame
// beside all lanes of its side.
const (
	callLine    = 15
	callLines   = 6  // of a call: what it has returned stands at its end
	callColumns = 27 // of its text, unless it has a longer word: two hosts fit on a page then
	callMost    = 40
	callNumber  = 3  // of the number before its first line
	callFrame   = 10 // around the text
	callMark    = 10 // from a lane to the frame
	// The half of a lane's own column that is free beside the first and the last lane.
	callFree = lanePitch/2 - callMark - 6
)

// callRoom is how much a drawing is wider by calls of so many columns of text.
func callRoom(columns int) int {
	if columns == 0 {
		return 0
	}
	return max(0, int(glyph*float64(columns))+callFrame-callFree)
}

// callOf takes apart a step that is a call of a program, "X: close(3) = 0", if a lane has
// the host's name.
func callOf(step string, lanes []Lane) (host, call string, ok bool) {
	host, call, ok = strings.Cut(oneLine(step), ": ")
	ok = ok && slices.ContainsFunc(lanes, func(l Lane) bool { return l.Name == host && l.Side != "nat" })
	return host, call, ok
}

// met returns the lanes worth drawing: the NAT, and the hosts that a packet left or met, or
// whose programs have called something. A ladder without either keeps them all.
func met(lanes []Lane, rungs []Rung) []Lane {
	named := map[string]bool{}
	for _, r := range rungs {
		if r.Packet != nil {
			named[r.Packet.From], named[r.Packet.To] = true, true
		} else if host, _, ok := callOf(r.Step, lanes); ok {
			named[host] = true
		}
	}
	if len(named) == 0 {
		return lanes
	}
	var out []Lane
	for _, lane := range lanes {
		if lane.Side == "nat" || named[lane.Name] {
			out = append(out, lane)
		}
	}
	return out
}

// calls makes room for what programs call on both sides.
func (c *columns) calls(lanes []Lane, rungs []Rung) {
	for _, r := range rungs {
		host, call, ok := callOf(r.Step, lanes)
		if !ok {
			continue
		}
		side := &c.left
		if c.slots[host] > c.inner {
			side = &c.right
		}
		*side = max(*side, callNumber+min(room(c.told(host, call)), callWidth(call)))
	}
}

// callWidth is how many columns the lines of a call may have.
func callWidth(call string) int {
	width := callColumns
	for _, word := range strings.Fields(call) {
		width = max(width, room(word))
	}
	return min(width, callMost)
}

// told is a call, with the host's name where that has no lane beside the text.
func (c *columns) told(host, call string) string {
	if at := c.slots[host]; at == 0 || at == len(c.gaps) {
		return call
	}
	return host + ": " + call
}

// A drawnCall is a call in a ladder.
type drawnCall struct {
	Lane       int // where the mark is
	X, Width   int // of the frame
	From, To   int // of the line between them
	Text, Time int // where the text begins, and where the time ends
	TextHeight int
}

// call puts a call into a row, beside the lane of its host.
func (c *columns) call(r *row, host, call string) {
	columns, first := c.left, c.x[0]
	outside := c.slots[host] > c.inner
	if outside {
		columns, first = c.right, c.x[len(c.x)-1]
	}
	r.Kind, r.Lines = "call", wrap(c.told(host, call), columns-callNumber, callLines)
	longest := 0
	for i, line := range r.Lines {
		if i == 0 {
			line += strings.Repeat(" ", callNumber)
		}
		longest = max(longest, room(line))
	}
	d := &drawnCall{Lane: c.x[c.slots[host]], Width: int(glyph*float64(longest)) + callFrame, Time: timeEnd}
	if outside {
		d.X = first + callMark
		d.From, d.To = d.Lane, d.X
		d.Time = d.Lane - callMark // its own column is far away
	} else {
		d.X = first - callMark - d.Width
		d.From, d.To = d.X+d.Width, d.Lane
	}
	d.Text = d.X + callFrame/2
	d.TextHeight = callLine*len(r.Lines) + 5
	r.Call, r.Height = d, d.TextHeight+6
}

// Line is where a line of the text stands in its row.
func (d *drawnCall) Line(i int) int { return 17 + callLine*i }
