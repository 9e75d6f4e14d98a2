package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/natproof/natproof/span"
)

const (
	maxRungs    = 240
	maxEndpoint = 48  // an IPv6 address with brackets and port fits
	maxInfo     = 150 // characters under an arrow
	maxSide     = 8   // hosts of one side that have a place of their own
	idleFrom    = 500 // ms without a packet that are worth a break in the lanes
)

// A drawing is a ladder as the page lays it out: the style gives everything its place, by the
// side and the slot that it is told, so that it fits a page of any width.
type drawing struct {
	Title                      string
	NATName, NATAddr, NATAddrs string
	Inside, Outside            []drawnLane
	Rows                       []row
	Cut                        int // rungs and packets not drawn
	// What the drawing has that the legend explains.
	Rewrites, Decides, Expects, Filters, Controls bool
	// Shortened says that rows are left out on paper.
	Shortened bool
}

// Ins and Outs are how many lanes each side has room for.
func (d *drawing) Ins() int  { return max(1, min(len(d.Inside), maxSide)) }
func (d *drawing) Outs() int { return max(1, min(len(d.Outside), maxSide)) }

// Legend reports whether anything is to be explained.
func (d *drawing) Legend() bool {
	return d.Rewrites || d.Decides || d.Expects || d.Filters || d.Controls || len(d.Kinds()) > 0
}

// A drawnLane is a host of a drawing. Slots count from the left, on each side from zero.
type drawnLane struct {
	X, Slot    int
	Name, Addr string
	Addrs      string // all of them
}

// A row is one line of the drawing. Kind says which fields hold.
type row struct {
	Kind    string // step, call, idle, control, packet or told
	Time    string
	Text    string
	Number  int    // of a step or a call, from 1
	Host    string // of a call
	Side    string // of a call's host: in or out
	Slot    int
	Decided bool
	Legs    []leg // of a packet: one, or more where it crosses the NAT
	Told    []told
	Far     bool // from what decided: it is left out on paper
}

// Through reports whether a packet is shown on both sides of the NAT.
func (r row) Through() bool {
	return len(r.Legs) > 1 && r.Legs[0].Side != r.Legs[1].Side
}

// Gone reports whether the NAT has dropped the packet.
func (r row) Gone() bool { return len(r.Legs) == 1 && r.Legs[0].Dropped }

// draw lays out ladder. Packets have a filter where there is a capture that it finds them in.
func draw(ladder Ladder, captured bool) *drawing {
	d := &drawing{Cut: ladder.Omitted, NATName: "NAT"}
	rungs := ladder.Rungs
	if len(rungs) > maxRungs {
		d.Cut += len(rungs) - maxRungs
		rungs = rungs[:maxRungs]
	}
	lanes := met(ladder.Lanes, rungs)
	d.lanes(lanes)
	steps, last := 0, 0.0
	for i := 0; i < len(rungs); i++ {
		r := rungs[i]
		if gap := r.AtMS - last; gap >= idleFrom {
			d.Rows = append(d.Rows, row{Kind: "idle", Text: span.Millis(gap) + " pass"})
		}
		last = max(last, r.AtMS)
		next := row{Time: span.Millis(r.AtMS), Decided: r.Decided}
		switch {
		case r.Control != "":
			d.Controls = true
			if d.together(oneLine(r.Control)) {
				continue
			}
			next.Kind, next.Text = "control", oneLine(r.Control)
		case r.Expected != nil:
			next.Kind, next.Legs, next.Time = "packet", []leg{d.leg(r.Expected, r, false)}, "" // it never came
			d.Expects = true
		case r.Packet != nil:
			next.Kind, next.Legs = "packet", []leg{d.leg(r.Packet, r, captured)}
			if i+1 < len(rungs) && crosses(r, rungs[i+1]) {
				i++
				last = max(last, rungs[i].AtMS)
				next.Legs = append(next.Legs, d.leg(rungs[i].Packet, rungs[i], captured))
			}
		default:
			steps++
			next.Number = steps
			d.step(&next, oneLine(r.Step), lanes)
		}
		d.Rows = append(d.Rows, next)
	}
	return d
}

// together writes a control into the row of those right before it, if there is one.
func (d *drawing) together(control string) bool {
	if len(d.Rows) == 0 || d.Rows[len(d.Rows)-1].Kind != "control" {
		return false
	}
	last := &d.Rows[len(d.Rows)-1]
	if !slices.Contains(strings.Split(last.Text, "; "), control) {
		last.Text += "; " + control
	}
	return true
}

// lanes gives the hosts their slots. Hosts that are not on the outside are inside.
func (d *drawing) lanes(lanes []Lane) {
	for _, lane := range lanes {
		side := &d.Inside
		switch lane.Side {
		case "nat":
			d.NATName, d.NATAddr = short(lane.Name, 14), ""
			if more := len(lane.Addrs) - 1; more > 0 {
				d.NATAddr = fmt.Sprintf("%s +%d", short(lane.Addrs[0], 15), more)
			} else if more == 0 {
				d.NATAddr = short(lane.Addrs[0], 17)
			}
			d.NATAddrs = oneLine(strings.Join(lane.Addrs, ", "))
			continue
		case "outside":
			side = &d.Outside
		}
		l := drawnLane{Slot: min(len(*side), maxSide-1), Name: short(lane.Name, 14)}
		l.Addrs = oneLine(strings.Join(lane.Addrs, ", "))
		if len(lane.Addrs) > 0 {
			l.Addr = short(lane.Addrs[0], 17)
		}
		*side = append(*side, l)
	}
}

// step puts a step into a row: a call at its host, anything else across the drawing.
func (d *drawing) step(r *row, text string, lanes []Lane) {
	r.Kind, r.Text = "step", text
	d.Decides = d.Decides || r.Decided
	host, call, ok := callOf(text, lanes)
	if !ok {
		return
	}
	r.Kind, r.Text, r.Host, r.Side = "call", call, host, "in"
	slot, found := slotOf(d.Inside, host)
	if !found {
		slot, _ = slotOf(d.Outside, host)
		r.Side = "out"
	}
	r.Slot = slot
}

func slotOf(lanes []drawnLane, host string) (slot int, ok bool) {
	i := slices.IndexFunc(lanes, func(l drawnLane) bool { return l.Name == short(host, 14) })
	if i < 0 {
		return 0, false
	}
	return lanes[i].Slot, true
}

// A leg is one arrow, between a host and an edge of the NAT.
type leg struct {
	Side           string // in or out
	Slot           int    // of the host
	Right          bool   // it points to the right
	Src, Dst, Info string
	SrcNew, DstNew bool
	Dropped        bool
	Decided        bool
	Expected       bool     // it had to come, and did not
	Marks          []string // what else is rewritten: the quote of an error, fields of TCP
	Tip            string   // the whole of it
	Filter         string   // of tshark, that finds it in the capture; empty: there is none
}

// Class is what the style knows the leg by.
func (l leg) Class() string {
	class := fmt.Sprintf("leg %s h%d", l.Side, l.Slot)
	for _, name := range []struct {
		is   bool
		name string
	}{
		{l.Right, "right"}, {!l.Right, "left"}, {l.Dropped, "dropped"}, {l.Decided, "decided"},
		{l.Expected, "expected"},
	} {
		if name.is {
			class += " " + name.name
		}
	}
	return class
}

// leg is the arrow of a packet. One between hosts that its side has not got is drawn beside
// the NAT.
func (d *drawing) leg(p *Packet, r Rung, captured bool) leg {
	l := legOf(p)
	l.Decided, l.Expected = r.Decided, r.Expected != nil
	d.Decides = d.Decides || r.Decided
	lanes := d.Inside
	if l.Side = "in"; p.Side == "outside" {
		l.Side, lanes = "out", d.Outside
	}
	slot, leaves := slotOf(lanes, p.From)
	if !leaves {
		var known bool
		if slot, known = slotOf(lanes, p.To); !known && l.Side == "in" {
			slot = d.Ins() - 1
		}
		leaves = !known
	}
	l.Slot, l.Right = slot, leaves == (l.Side == "in")
	if captured {
		l.Filter = filterOf(p)
	}
	d.Rewrites = d.Rewrites || l.SrcNew || l.DstNew || len(l.Marks) > 0
	d.Filters = d.Filters || l.Filter != ""
	return l
}

// crosses reports whether b is a, seen on the other side of the NAT or turned around by it, so
// that one row can show both.
func crosses(a, b Rung) bool {
	return a.Packet != nil && b.Packet != nil && b.Packet.Forwarded && a.Packet.Side != b.Packet.Side
}

// legOf is what an arrow says of a packet.
func legOf(p *Packet) leg {
	info := p.Info
	if p.Times > 1 {
		info = thousands(p.Times) + " × " + info
	}
	l := leg{
		Tip: arrow(p), Src: short(p.Src, maxEndpoint), Dst: short(p.Dst, maxEndpoint), Info: short(info, maxInfo),
		SrcNew:  slices.Contains(p.Rewritten, "src"),
		DstNew:  slices.Contains(p.Rewritten, "dst"),
		Dropped: p.Dropped, Marks: marks(p),
	}
	if len(p.Rewritten) > 0 {
		l.Tip += "; rewritten: " + oneLine(strings.Join(p.Rewritten, ", "))
	}
	if p.Dropped {
		l.Tip += "; dropped by the NAT"
	}
	if p.Frame > 0 {
		l.Tip += fmt.Sprintf("; frame %d of the capture", p.Frame)
	}
	return l
}

func arrow(p *Packet) string {
	return fmt.Sprintf("%s, %s to %s: %s → %s, %s", cmp.Or(oneLine(p.Side), "?"), oneLine(p.From), oneLine(p.To),
		oneLine(p.Src), oneLine(p.Dst), oneLine(p.Info))
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
