package reports

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Measures of a picture, in CSS pixels. It is narrow enough to be read on a phone.
const (
	pictureMargin = 24
	pictureSide   = 172 // between the NAT and the hosts next to it, with the labels
	picturePitch  = 56  // between two hosts of one side
	pictureNAT    = 64
	pictureHead   = 50
	pictureLine   = 15
	pictureGlyph  = 6.4
	pictureLabel  = 26 // characters
	pictureRungs  = 60
)

// A picture is a ladder for a page of text: without times and controls, with what
// programs call at the side of their host.
type picture struct {
	Width, Height, Foot        int
	Inner, Outer, NATMid       int
	InnerLabel, OuterLabel     int
	Title, Desc                string
	NATName, NATAddr           string
	Lanes                      []drawnLane
	Rows                       []pictured
	inside, outside, sentences []string
}

// pictured is a row of a picture: a packet, a call, or what happens.
type pictured struct {
	Y, Height int
	Kind      string // packet, call or step
	Lines     []string
	X         int // of the lines
	Side      string
	Legs      []picturedLeg
}

type picturedLeg struct {
	leg
	Label int
	Infos []string
}

// WritePicture draws a ladder as an SVG file of its own, for a page of documentation.
func WritePicture(w io.Writer, title string, ladder Ladder) error {
	if len(ladder.Rungs) > pictureRungs {
		return fmt.Errorf("reports: a picture of %d rungs, %d at most can be read", len(ladder.Rungs), pictureRungs)
	}
	if len(ladder.Rungs) == 0 {
		return errors.New("reports: a picture of a ladder without rungs")
	}
	out := bufio.NewWriter(w)
	if err := pages.ExecuteTemplate(out, "picture.svg.tmpl", newPicture(title, ladder)); err != nil {
		return fmt.Errorf("reports: drawing a picture: %w", err)
	}
	return out.Flush()
}

func newPicture(title string, ladder Ladder) *picture {
	p := &picture{Title: title, NATName: "NAT"}
	lanes := met(ladder.Lanes, ladder.Rungs)
	p.place(lanes)
	y := pictureHead
	for i := 0; i < len(ladder.Rungs); i++ {
		r := ladder.Rungs[i]
		if strings.HasPrefix(r.Step, "control: ") {
			continue
		}
		next := pictured{Y: y}
		if r.Packet == nil {
			p.say(&next, r.Step)
		} else {
			next.Kind = "packet"
			next.Legs = append(next.Legs, p.leg(r.Packet))
			p.sentences = append(p.sentences, sentence(r))
			if i+1 < len(ladder.Rungs) && crosses(r, ladder.Rungs[i+1]) {
				i++
				next.Legs = append(next.Legs, p.leg(ladder.Rungs[i].Packet))
			}
			lines := 0
			for _, l := range next.Legs {
				lines = max(lines, len(l.Infos))
			}
			y += 40 + 13*lines
		}
		if r.Packet == nil {
			y += 8 + pictureLine*len(next.Lines)
		}
		next.Height = y - next.Y
		p.Rows = append(p.Rows, next)
	}
	p.Foot = y + 8
	p.Height = p.Foot + 6
	p.Desc = strings.Join(p.sentences, " ")
	return p
}

// place gives each lane its place, the NAT in the middle.
func (p *picture) place(lanes []Lane) {
	for _, lane := range lanes {
		switch lane.Side {
		case "nat":
			p.NATName, p.NATAddr = short(lane.Name, 8), short(strings.Join(lane.Addrs, " "), 15)
		case "outside":
			p.outside = append(p.outside, lane.Name)
		default:
			p.inside = append(p.inside, lane.Name)
		}
	}
	p.Inner = pictureMargin + pictureSide + picturePitch*max(len(p.inside)-1, 0)
	p.Outer = p.Inner + pictureNAT
	p.NATMid = (p.Inner + p.Outer) / 2
	p.InnerLabel, p.OuterLabel = p.Inner-pictureSide/2, p.Outer+pictureSide/2
	p.Width = p.Outer + pictureSide + picturePitch*max(len(p.outside)-1, 0) + pictureMargin
	for _, lane := range lanes {
		if lane.Side != "nat" {
			p.Lanes = append(p.Lanes, drawnLane{X: p.x(lane.Name), Name: lane.Name, Addr: p.address(lane)})
		}
	}
}

// address is what stands under a lane's name: of several hosts on one side the end alone,
// for which there is room.
func (p *picture) address(lane Lane) string {
	if len(lane.Addrs) == 0 {
		return ""
	}
	addr, beside := lane.Addrs[0], p.inside
	if slices.Contains(p.outside, lane.Name) {
		beside = p.outside
	}
	if end := strings.LastIndexByte(addr, '.'); end > 0 && len(beside) > 1 {
		return "…" + addr[end:]
	}
	return short(addr, 15)
}

// x is where a host's lane is. Of several, the first is the farthest from the NAT
// inside, and the nearest outside. Zero stands for no lane.
func (p *picture) x(name string) int {
	if i := slices.Index(p.inside, name); i >= 0 {
		return pictureMargin + picturePitch*i
	}
	if i := slices.Index(p.outside, name); i >= 0 {
		return p.Outer + pictureSide + picturePitch*i
	}
	return 0
}

// say puts a step into a row: beside its host what a program calls, else in the middle.
func (p *picture) say(r *pictured, step string) {
	r.Kind, r.Side, r.X = "step", "middle", p.Width/2
	text := oneLine(step)
	p.sentences = append(p.sentences, text+".")
	room := p.Width - 2*pictureMargin
	if host, call, ok := strings.Cut(text, ": "); ok && p.x(host) > 0 {
		r.Kind, text, room = "call", call, room-pictureMargin
		r.Side, r.X = "start", p.x(host)-14
		if slices.Contains(p.outside, host) {
			r.Side, r.X = "end", p.x(host)+14
		}
	}
	r.Lines = wrap(text, int(float64(room)/pictureGlyph))
}

func (p *picture) leg(packet *Packet) picturedLeg {
	edge, label := p.Inner, p.InnerLabel
	if packet.Side == "outside" {
		edge, label = p.Outer, p.OuterLabel
	}
	end := func(name string) int {
		if x := p.x(name); x > 0 && (x > p.Inner) == (edge > p.Inner) {
			return x
		}
		return edge
	}
	from, to := end(packet.From), end(packet.To)
	if from == to { // nothing is known of its way
		from = label
	}
	l := picturedLeg{leg: legOf(packet, from, to), Label: label}
	l.Src, l.Dst = short(packet.Src, pictureLabel), short(packet.Dst, pictureLabel)
	l.Infos = wrap(short(strings.TrimSuffix(packet.Info, ", 0 bytes"), maxInfo), pictureLabel)
	return l
}

// Anchor is how the text of a row is aligned.
func (r pictured) Anchor() string { return r.Side }

// Box is where a row's text has its frame, and how wide that is.
func (r pictured) Box() (box struct{ X, Width int }) {
	longest := 0
	for _, line := range r.Lines {
		longest = max(longest, utf8.RuneCountInString(line))
	}
	box.Width = int(float64(longest)*pictureGlyph) + 14
	switch r.Side {
	case "start":
		box.X = r.X - 7
	case "end":
		box.X = r.X + 7 - box.Width
	default:
		box.X = r.X - box.Width/2
	}
	return box
}

// Inside is the height of the frame of a row's text.
func (r pictured) Inside() int { return r.Height - 4 }

// Line is where a line of a row's text stands in it.
func (r pictured) Line(i int) int { return 14 + pictureLine*i }

// Below is where a line under an arrow stands in its row.
func (p *picture) Below(i int) int { return 48 + 13*i }

// NATHeight is how high the NAT is drawn.
func (p *picture) NATHeight() int { return p.Foot - 42 }

// Align and At keep the head of a lane at the border within the picture.
func (p *picture) Align(x int) string {
	switch {
	case x <= pictureMargin:
		return "start"
	case x >= p.Width-pictureMargin:
		return "end"
	}
	return "middle"
}

// At is where the head of a lane stands that is aligned so.
func (p *picture) At(x int) int {
	switch p.Align(x) {
	case "start":
		return x - pictureMargin + 6
	case "end":
		return x + pictureMargin - 6
	}
	return x
}
