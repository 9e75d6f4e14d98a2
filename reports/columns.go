package reports

import (
	"strings"
)

// columns is where the lanes of a ladder stand: the inside hosts, the NAT's two
// edges, the outside hosts. A slot is one such place, counted from the left.
type columns struct {
	slots            map[string]int // of the hosts, by name
	inner            int            // the slot of the NAT's inner edge; the outer follows it
	gaps             []float64      // gaps[i] is the room between slot i and i+1
	x                []int
	left, right      int // columns of text for the calls of programs inside and outside
	width            int
	natName, natAddr string
}

// newColumns orders the lanes. Hosts that are not on the outside are inside.
func newColumns(lanes []Lane) *columns {
	c := &columns{slots: map[string]int{}, natName: "NAT"}
	var inside, outside []string
	for _, lane := range lanes {
		switch lane.Side {
		case "nat":
			c.natName, c.natAddr = short(lane.Name, 14), short(strings.Join(lane.Addrs, " "), 17)
		case "outside":
			outside = append(outside, lane.Name)
		default:
			inside = append(inside, lane.Name)
		}
	}
	for i, name := range inside {
		c.slots[name] = i
	}
	// A side without hosts keeps one place, for arrows to come from.
	c.inner = max(len(inside), 1)
	for i, name := range outside {
		c.slots[name] = c.inner + 2 + i
	}
	c.gaps = make([]float64, c.inner+1+max(len(outside), 1))
	for i := range c.gaps {
		c.gaps[i] = lanePitch
	}
	c.gaps[c.inner] = bandWidth
	return c
}

// ends returns the slots between which a packet is drawn. A host that is not on
// the packet's side is beyond the NAT, so the arrow ends at the NAT's edge.
func (c *columns) ends(p *Packet) (from, to int) {
	edge := c.inner
	if p.Side == "outside" {
		edge++
	}
	end := func(name string) int {
		slot, host := c.slots[name]
		if host && (slot > c.inner) == (edge > c.inner) {
			return slot
		}
		return edge
	}
	from, to = end(p.From), end(p.To)
	if from == to { // nothing is known of its way: a stub beside the NAT
		if edge == c.inner {
			return edge - 1, edge
		}
		return edge + 1, edge
	}
	return from, to
}

// widen makes room for the labels. The room that is short is added at the NAT,
// where most arrows end.
func (c *columns) widen(rungs []Rung) {
	for _, r := range rungs {
		if r.Packet == nil {
			continue
		}
		from, to := c.ends(r.Packet)
		a, b := min(from, to), max(from, to)
		room := -labelRoom - labelWidth(r.Packet)
		for _, gap := range c.gaps[a:b] {
			room += gap
		}
		if room >= 0 {
			continue
		}
		if b <= c.inner {
			c.gaps[b-1] -= room
		} else {
			c.gaps[a] -= room
		}
	}
}

func labelWidth(p *Packet) float64 {
	// The arrow between the endpoints, and up to two marks of rewriting.
	ends := room(short(p.Src, maxEndpoint)) + room(short(p.Dst, maxEndpoint)) + 5
	info := room(short(p.Info, maxInfo))
	for _, mark := range marks(p) {
		info += 1 + room(mark)
	}
	return glyph * float64(max(ends, info))
}

// hangul is where the scripts begin whose characters are two columns wide.
const hangul = '\u1100'

// room is how many columns of a monospaced font a text takes: characters from Hangul on, with
// the scripts of China and Japan, take two.
func room(text string) int {
	n := 0
	for _, r := range text {
		n++
		if r >= hangul && (r < '\u2000' || r >= '\u2e80') { // punctuation and arrows lie between
			n++
		}
	}
	return n
}

// place turns the gaps into coordinates.
func (c *columns) place() {
	at := float64(timeWidth+callRoom(c.left)) + lanePitch/2
	c.x = make([]int, len(c.gaps)+1)
	for i := range c.x {
		c.x[i] = int(at + 0.5)
		if i < len(c.gaps) {
			at += c.gaps[i]
		}
	}
	c.width = int(at+0.5) + lanePitch/2 + callRoom(c.right)
}

func (c *columns) drawn(lanes []Lane) []drawnLane {
	var out []drawnLane
	for _, lane := range lanes {
		if lane.Side == "nat" {
			continue
		}
		l := drawnLane{X: c.x[c.slots[lane.Name]], Name: short(lane.Name, 14)}
		l.Addrs = oneLine(strings.Join(lane.Addrs, ", "))
		if len(lane.Addrs) > 0 {
			l.Addr = short(lane.Addrs[0], 17)
		}
		out = append(out, l)
	}
	return out
}
