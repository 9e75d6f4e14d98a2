package reports

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/natproof/natproof/span"
)

// Measures of a picture, in pixels of its own. A phone of 390 pixels shows it at about that
// size, within the margins of a page, so that its text is as large as a caption there.
const (
	pictureMargin = 6
	pictureSide   = 160 // between the NAT and the hosts next to it, with the labels
	picturePitch  = 36  // between two hosts inside
	pictureApart  = 42  // between two hosts outside, whose addresses have longer ends
	pictureNAT    = 24
	pictureHead   = 50
	pictureLine   = 16
	pictureGlyph  = 7.3
	pictureBold   = 8.0 // of what happens, on the average
	pictureLabel  = 22  // characters
	pictureInfo   = 24  // of a smaller kind
	pictureEdge   = 9   // of the page, to the text of a frame
	pictureRungs  = 60
	stepLines     = 3
	callLines     = 6 // of a call: what it has returned stands at its end
	// A screen with more room shows it larger, so that its text is as large as the page's.
	pictureScale = 1.3
)

// A picture is a ladder for a page of text: without times and controls, with what
// programs call at the side of their host.
type picture struct {
	Width, Height, Foot  int
	Inner, Outer, NATMid int
	Title, Desc          string
	NATName, NATAddr     string
	Lanes                []drawnLane
	Rows                 []pictured
	words                Words
	lanes                []Lane
	inside, outside      []string
	sentences            []string
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
	X1, X2       int
	CrossX       int // of a dropped packet
	HeadX, FullX int // the arrow head's base, and the line's end
	Label        int
	Infos        []string
}

// between draws the arrow from one place to another.
func (l *picturedLeg) between(from, to int) {
	direction := 1
	if to < from {
		direction = -1
	}
	l.X1, l.X2 = from, to
	l.HeadX, l.FullX = to-9*direction, to-2*direction
	l.CrossX = to + 30*direction
}

// CrossLeft is where the cross of a dropped packet begins.
func (l picturedLeg) CrossLeft() int { return l.CrossX - 6 }

// WritePicture draws a ladder as an SVG file of its own, for a page of documentation.
func WritePicture(w io.Writer, title string, ladder Ladder, words Words) error {
	if len(ladder.Rungs) > pictureRungs {
		return fmt.Errorf("reports: a picture of %d rungs, %d at most can be read", len(ladder.Rungs), pictureRungs)
	}
	if len(ladder.Rungs) == 0 {
		return errors.New("reports: a picture of a ladder without rungs")
	}
	p, err := newPicture(title, ladder, words)
	if err != nil {
		return fmt.Errorf("reports: drawing a picture: %w", err)
	}
	return drawPicture(w, "picture.svg.tmpl", p)
}

func drawPicture(w io.Writer, name string, picture any) error {
	out := bufio.NewWriter(w)
	if err := pages().ExecuteTemplate(out, name, picture); err != nil {
		return fmt.Errorf("reports: drawing a picture: %w", err)
	}
	return out.Flush()
}

func newPicture(title string, ladder Ladder, words Words) (*picture, error) {
	p := &picture{NATName: "NAT", words: words}
	var err error
	if p.Title, err = words.text(title); err != nil {
		return nil, err
	}
	p.lanes = met(ladder.Lanes, ladder.Rungs)
	p.place()
	y := pictureHead
	for i := 0; i < len(ladder.Rungs); i++ {
		r := ladder.Rungs[i]
		if r.Control != "" || r.Expected != nil {
			continue
		}
		next := pictured{Y: y}
		if r.Packet == nil {
			if err := p.say(&next, r.Step); err != nil {
				return nil, err
			}
			y += 8 + pictureLine*len(next.Lines)
		} else {
			i += p.arrows(&next, ladder.Rungs[i:])
			y += next.Height
		}
		next.Height = y - next.Y
		p.Rows = append(p.Rows, next)
	}
	p.Foot = y + 8
	p.Height = p.Foot + 6
	p.Desc = strings.Join(p.sentences, " ")
	return p, nil
}

// arrows puts the packet that rungs begin with into a row, on both sides of the NAT if it
// has passed. It returns how many more rungs the row has.
func (p *picture) arrows(r *pictured, rungs []Rung) int {
	more := 0
	if len(rungs) > 1 && crosses(rungs[0], rungs[1]) {
		more = 1
	}
	r.Kind = "packet"
	lines := 0
	for _, rung := range rungs[:1+more] {
		l := p.leg(rung.Packet)
		r.Legs = append(r.Legs, l)
		lines = max(lines, len(l.Infos)+len(l.Marks))
	}
	p.sentences = append(p.sentences, p.words.parts(sentence(rungs[0])))
	r.Height = 42 + 14*lines
	return more
}

// place gives each lane its place, the NAT in the middle.
func (p *picture) place() {
	for _, lane := range p.lanes {
		switch lane.Side {
		case "nat":
			p.NATName, p.NATAddr = short(lane.Name, 8), together(lane.Addrs)
		case "outside":
			p.outside = append(p.outside, lane.Name)
		default:
			p.inside = append(p.inside, lane.Name)
		}
	}
	p.Inner = pictureMargin + pictureSide + picturePitch*max(len(p.inside)-1, 0)
	p.Outer = p.Inner + pictureNAT
	p.NATMid = (p.Inner + p.Outer) / 2
	p.Width = p.Outer + pictureSide + pictureApart*max(len(p.outside)-1, 0) + pictureMargin
	for _, lane := range p.lanes {
		if lane.Side != "nat" {
			p.Lanes = append(p.Lanes, drawnLane{X: p.x(lane.Name), Name: lane.Name, Addr: p.address(lane)})
		}
	}
}

// together are the addresses of the NAT, of which the first is whole.
func together(addrs []string) string {
	if len(addrs) == 0 {
		return ""
	}
	ends := []string{short(addrs[0], 15)}
	for _, addr := range addrs[1:] {
		ends = append(ends, ending(addr))
	}
	return short(strings.Join(ends, ", "), pictureLabel)
}

// ending is the last part of an address, with what sets it apart from the rest.
func ending(addr string) string { return addr[max(strings.LastIndexAny(addr, ".:"), 0):] }

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
	if len(beside) > 1 {
		return short(ending(addr), 5)
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
		return p.Outer + pictureSide + pictureApart*i
	}
	return 0
}

// say puts a step into a row: beside its host what a program calls, else in the middle.
func (p *picture) say(r *pictured, step string) error {
	r.Kind, r.Side, r.X = "step", "middle", p.Width/2
	space, glyph, most := p.Width-2*pictureMargin, pictureBold, stepLines
	host, text, called := callOf(step, p.lanes)
	if called {
		text = p.words.parts(text)
		r.Kind, r.Side, r.X = "call", "start", max(p.x(host)-5, pictureEdge)
		if slices.Contains(p.outside, host) {
			r.Side, r.X = "end", min(p.x(host)+5, p.Width-pictureEdge)
		}
		space, glyph, most = p.Width-2*pictureEdge, pictureGlyph, callLines
		if at := slices.Index(p.inside, host); at > 0 {
			space -= picturePitch * at
		}
		p.sentences = append(p.sentences, host+": "+text+".")
	} else {
		var err error
		if text, err = p.words.text(step); err != nil {
			return err
		}
		p.sentences = append(p.sentences, text+".")
	}
	r.Lines = wrap(text, int(float64(space)/glyph), most)
	return nil
}

func (p *picture) leg(packet *Packet) picturedLeg {
	edge, label := p.Inner, p.Inner-pictureSide/2
	if packet.Side == "outside" {
		edge, label = p.Outer, p.Outer+pictureSide/2
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
	l := picturedLeg{leg: legOf(packet), Label: label}
	l.between(from, to)
	l.Src, l.Dst = short(packet.Src, pictureLabel), short(packet.Dst, pictureLabel)
	info := strings.TrimSuffix(short(packet.Info, maxInfo), ", 0 bytes")
	for part := range strings.SplitSeq(p.words.parts(info), ", ") {
		l.Infos = append(l.Infos, wrap(part, pictureInfo, stepLines)...)
	}
	for i := range l.Marks {
		l.Marks[i] = p.words.parts(l.Marks[i])
	}
	return l
}

// sentence tells a packet in words.
func sentence(r Rung) string { return span.Millis(r.AtMS) + ", " + legOf(r.Packet).Tip + "." }
