package reports

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Measures of a drawn ladder, in CSS pixels.
const (
	glyph      = 6.65 // a character of the label font at its widest
	stepLines  = 3
	stepGlyph  = 7.6 // the same of a step's, on the average
	timeWidth  = 76  // the column of times at the left
	timeEnd    = 66  // of a time in it
	headHeight = 52
	bandWidth  = 112 // the NAT
	lanePitch  = 112 // between two hosts of one side, at least
	labelRoom  = 30  // beside a label, for the arrow to be seen
	packetRow  = 46
	lineRow    = 19 // of a step's text
	idleRow    = 30

	maxRungs    = 200
	maxEndpoint = 48  // an IPv6 address with brackets and port fits
	maxInfo     = 60  // characters under an arrow
	idleFrom    = 500 // ms without a packet that are worth a break in the lanes
)

// A drawing is a ladder laid out: every number that its SVG needs.
type drawing struct {
	Width, Height    int
	Foot             int // where the lanes end
	Inner, Outer     int // the NAT's edges
	NATName, NATAddr string
	Lanes            []drawnLane
	Rows             []row
	Cut              int  // rungs and packets not drawn
	Rewrites         bool // whether any field is marked
	Sentences        []string
	ID, Title, Desc  string
}

func (d *drawing) BandWidth() int  { return d.Outer - d.Inner }
func (d *drawing) BandHeight() int { return d.Foot - 6 }
func (d *drawing) Middle() int     { return (d.Inner + d.Outer) / 2 }
func (d *drawing) Centre() int     { return d.Width / 2 }

type drawnLane struct {
	X          int
	Name, Addr string
	Addrs      string // all of them
}

// A row is one line of the drawing. Kind says which fields hold.
type row struct {
	Kind   string // step, call, idle or packet
	Y      int
	Height int
	Time   string
	Lines  []string // of a step or a call
	Number int      // of a step or a call, from 1
	Call   *drawnCall
	Legs   []leg // of a packet: one, or two where it crosses the NAT
}

// Box is the height of a step's frame.
func (r row) Box() int { return r.Height - 8 }

// Through reports whether a packet is shown on both sides of the NAT.
func (r row) Through() bool { return len(r.Legs) == 2 }

// A leg is one arrow, between a host and an edge of the NAT.
type leg struct {
	X1, X2             int
	Src, Dst, Info     string
	SrcNew, DstNew     bool
	Dropped            bool
	Marks              []string // what else is rewritten: the quote of an error, fields of TCP
	Tip                string   // the whole of it, where the labels are cut
	CrossX             int      // of a dropped packet
	HeadX, MidX, FullX int      // the arrow head's base, the label's middle, the line's end
}

func (l leg) CrossLeft() int { return l.CrossX - 6 }

// draw lays out ladder.
func draw(ladder Ladder) *drawing {
	d := &drawing{Cut: ladder.Omitted}
	rungs := ladder.Rungs
	if len(rungs) > maxRungs {
		d.Cut += len(rungs) - maxRungs
		rungs = rungs[:maxRungs]
	}
	lanes := met(ladder.Lanes, rungs)
	c := newColumns(lanes)
	c.widen(rungs)
	c.calls(lanes, rungs)
	c.place()
	d.Inner, d.Outer, d.Width = c.x[c.inner], c.x[c.inner+1], c.width
	d.NATName, d.NATAddr = c.natName, c.natAddr
	d.Lanes = c.drawn(lanes)
	d.rows(rungs, lanes, c)
	return d
}

// rows fills the drawing from the top to the bottom.
func (d *drawing) rows(rungs []Rung, lanes []Lane, c *columns) {
	y, steps, last := headHeight, 0, 0.0
	for i := 0; i < len(rungs); i++ {
		r := rungs[i]
		if gap := r.AtMS - last; gap >= idleFrom {
			d.Rows = append(d.Rows, row{Kind: "idle", Y: y, Height: idleRow, Lines: []string{span(gap) + " pass"}})
			d.Sentences = append(d.Sentences, span(gap)+" pass.")
			y += idleRow
		}
		last = max(last, r.AtMS)
		next := row{Y: y, Time: span(r.AtMS)}
		if r.Packet == nil {
			steps++
			next.Number = steps
			d.step(&next, r.Step, lanes, c)
		} else {
			next.Kind, next.Height = "packet", packetRow
			next.Legs = append(next.Legs, c.leg(r.Packet))
			d.Sentences = append(d.Sentences, sentence(r))
			if i+1 < len(rungs) && crosses(r, rungs[i+1]) {
				i++
				last = max(last, rungs[i].AtMS)
				next.Legs = append(next.Legs, c.leg(rungs[i].Packet))
				d.Sentences = append(d.Sentences, sentence(rungs[i]))
			}
		}
		for _, l := range next.Legs {
			d.Rewrites = d.Rewrites || l.SrcNew || l.DstNew || len(l.Marks) > 0
		}
		d.Rows = append(d.Rows, next)
		y += next.Height
	}
	d.Foot = y + 10
	d.Height = d.Foot + 2
}

// step puts a step into a row: a call beside its host, anything else across the drawing.
func (d *drawing) step(r *row, step string, lanes []Lane, c *columns) {
	text := oneLine(step)
	d.Sentences = append(d.Sentences, fmt.Sprintf("Step %d: %s.", r.Number, strings.TrimSuffix(text, ".")))
	if host, call, ok := callOf(text, lanes); ok {
		c.call(r, host, call)
		return
	}
	r.Kind, r.Lines = "step", wrap(text, int(float64(d.Width-timeWidth-48)/stepGlyph), stepLines)
	r.Height = 14 + lineRow*len(r.Lines)
}

// crosses reports whether b is a, seen on the other side of the NAT right
// afterwards, so that one line can show both.
func crosses(a, b Rung) bool {
	p, q := a.Packet, b.Packet
	return q != nil && !p.Dropped && !q.Dropped && p.Side != q.Side && p.Info == q.Info &&
		b.AtMS-a.AtMS < 20 && b.AtMS >= a.AtMS && (p.Src == q.Src || p.Dst == q.Dst)
}

// sentence tells a packet in words.
func sentence(r Rung) string {
	p := r.Packet
	var s strings.Builder
	fmt.Fprintf(&s, "%s, %s, %s to %s: %s", span(r.AtMS), side(p.Side), oneLine(p.From), oneLine(p.To), arrow(p))
	if len(p.Rewritten) > 0 {
		s.WriteString("; rewritten: " + oneLine(strings.Join(p.Rewritten, ", ")))
	}
	if p.Dropped {
		s.WriteString("; dropped by the NAT")
	}
	return s.String() + "."
}

func arrow(p *Packet) string {
	return oneLine(p.Src) + " → " + oneLine(p.Dst) + ", " + oneLine(p.Info)
}

func side(s string) string {
	switch s {
	case "inside", "outside":
		return s
	}
	return "side " + oneLine(s)
}

func (c *columns) leg(p *Packet) leg {
	from, to := c.ends(p)
	return legOf(p, c.x[from], c.x[to])
}

// legOf is the arrow of a packet between two places.
func legOf(p *Packet, from, to int) leg {
	l := leg{
		X1: from, X2: to, Tip: arrow(p),
		Src: short(p.Src, maxEndpoint), Dst: short(p.Dst, maxEndpoint), Info: short(p.Info, maxInfo),
		SrcNew:  slices.Contains(p.Rewritten, "src"),
		DstNew:  slices.Contains(p.Rewritten, "dst"),
		Dropped: p.Dropped, Marks: marks(p),
	}
	l.MidX = (l.X1 + l.X2) / 2
	direction := 1
	if l.X2 < l.X1 {
		direction = -1
	}
	l.HeadX, l.FullX = l.X2-9*direction, l.X2-2*direction
	l.CrossX = l.X2 + 30*direction
	return l
}

// maxMarks is how many rewritten fields an arrow names.
const maxMarks = 6

// marks names what is rewritten beside the two ends: the quote of an error, or fields of TCP.
func marks(p *Packet) []string {
	var fields []string
	for _, field := range p.Rewritten {
		if field != "src" && field != "dst" && len(fields) < maxMarks {
			fields = append(fields, short(field, 12)+"*")
		}
	}
	return fields
}

// short cuts s to n characters.
func short(s string, n int) string {
	s = oneLine(s)
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// wrap breaks s into lines of about n columns, most at most.
func wrap(s string, n, most int) []string {
	n = max(n, 20)
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = short(word, n)
		case room(line)+1+room(word) <= n:
			line += " " + word
		default:
			if lines = append(lines, line); len(lines) == most {
				lines[most-1] = short(line, n-2) + " …"
				return lines
			}
			line = short(word, n)
		}
	}
	return append(lines, line)
}
