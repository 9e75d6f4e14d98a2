package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/topology/packet"
)

const (
	// ladderEnd is how many rungs of each end of a long ladder are kept.
	ladderEnd = 60
	// crowdFrom is how many packets in a row that are alike make one rung.
	crowdFrom = 5
	// crowdPattern is how many different ones may take turns in that.
	crowdPattern = 12
)

// A rung is a line of a ladder that is to be drawn: a packet with those that left the NAT for
// it, or a step or a control.
type rung struct {
	wall   time.Time
	packet *Passage
	left   []*Passage
	text   string
	kept   bool // it is drawn, and drawn by itself, whatever is left out
	times  int  // it stands for so many
	varied []varied
}

// varied says which ends of a rung's packets are not the same in all that it stands for.
type varied struct{ source, addrs, destination bool }

// rungsOf are the rungs of traffic and of what is said beside it, in order. What left the NAT
// stands beside what it came in as, whatever the clocks of the two sides say.
func rungsOf(traffic Traffic, said []mark, kept []*Passage) []rung {
	var all []rung
	at := map[*Passage]int{}
	for _, p := range traffic {
		if p.control() && !slices.Contains(kept, p) || !p.Source.IsValid() {
			continue
		}
		if p.Cause == nil {
			at[p] = len(all)
			all = append(all, rung{wall: p.wall, packet: p, kept: slices.Contains(kept, p)})
		}
	}
	for _, p := range traffic {
		if _, drawn := at[p]; drawn || p.control() && !slices.Contains(kept, p) || !p.Source.IsValid() {
			continue
		}
		if i, ok := at[p.Cause]; ok {
			all[i].left = append(all[i].left, p)
			all[i].kept = all[i].kept || slices.Contains(kept, p)
			continue
		}
		all = append(all, rung{wall: p.wall, packet: p, kept: slices.Contains(kept, p)}) // its cause is cut off
	}
	for _, m := range said {
		all = append(all, rung{wall: m.wall, text: m.text})
	}
	slices.SortStableFunc(all, func(a, b rung) int { return a.wall.Compare(b.wall) })
	return together(all)
}

// together makes one rung of many in a row that are alike, and of the same control again.
func together(all []rung) []rung {
	var out []rung
	for i := 0; i < len(all); {
		n, turns := pattern(all[i:])
		for k := range n {
			r := all[i+k]
			for t := range turns {
				r.add(all[i+k+t*n])
			}
			out = append(out, r)
		}
		i += n * turns
	}
	return out
}

// pattern returns with how many rungs a crowd begins, and how often these come in turn.
func pattern(all []rung) (n, turns int) {
	for n := 1; n <= crowdPattern; n++ {
		turns := 1
		for len(all) >= n*(turns+1) && slices.EqualFunc(all[:n], all[n*turns:n*(turns+1)], rung.like) {
			turns++
		}
		if turns >= crowdFrom || n == 1 && turns > 1 && all[0].packet == nil {
			return n, turns
		}
	}
	return 1, 1
}

// add has the rung stand for another as well, or for itself at first.
func (r *rung) add(other rung) {
	if r.packet == nil {
		return
	}
	if r.times++; r.times == 1 {
		r.varied = make([]varied, 1+len(r.left))
	}
	for k, p := range r.packets() {
		q := other.packets()[k]
		r.varied[k].source = r.varied[k].source || p.Source != q.Source
		r.varied[k].addrs = r.varied[k].addrs || p.Source.Addr() != q.Source.Addr()
		r.varied[k].destination = r.varied[k].destination || p.Destination != q.Destination
	}
}

func (r rung) packets() []*Passage { return append([]*Passage{r.packet}, r.left...) }

// like reports whether two rungs may be drawn as one.
func (r rung) like(other rung) bool {
	if r.packet == nil || other.packet == nil {
		return r.text == other.text && r.packet == other.packet
	}
	if r.kept || other.kept || len(r.left) != len(other.left) {
		return false
	}
	for i, p := range r.packets() {
		q := other.packets()[i]
		if p.Inside != q.Inside || p.Outgoing != q.Outgoing || kindOf(p) != kindOf(q) || p.dropped != q.dropped ||
			p.Destination.Addr() != q.Destination.Addr() ||
			p.Source.Addr() != q.Source.Addr() && (i == 0 || p.Inside) { // the NAT may have several outside
			return false
		}
	}
	return true
}

// kindOf says what packets in a crowd have in common.
func kindOf(p *Passage) string {
	switch {
	case p.Fragment != nil:
		return fmt.Sprintf("%s fragment", p.Protocol)
	case p.TCP != nil:
		return fmt.Sprintf("TCP %s", p.TCP.Flags)
	case p.ICMP != nil:
		return fmt.Sprintf("%s %d/%d", p.Protocol, p.ICMP.Type, p.ICMP.Code)
	}
	return p.Protocol.String()
}

// crowd makes the arrow of a rung's packet one for all that it stands for.
func (r rung) crowd(arrow *reports.Packet, i int) {
	p := r.packets()[i]
	arrow.Times, arrow.Info = r.times, kindOf(p)
	if r.varied[i].addrs {
		arrow.Src = natLane + ":…"
	} else if r.varied[i].source {
		arrow.Src = anyPort(p.Source)
	}
	if r.varied[i].destination {
		arrow.Dst = anyPort(p.Destination)
	}
}

// anyPort writes an address that has several ports.
func anyPort(a netip.AddrPort) string {
	if a.Addr().Is6() {
		return "[" + a.Addr().String() + "]:…"
	}
	return packet.Address(netip.AddrPortFrom(a.Addr(), 0)) + ":…"
}

// bothEnds leaves both ends of a long ladder, and what is to be kept of the rest. It returns how
// many packets are left out.
func bothEnds(all []rung) (ends []rung, omitted int) {
	for i, r := range all {
		if i < ladderEnd || i >= len(all)-ladderEnd || r.kept {
			ends = append(ends, r)
		} else if r.packet != nil {
			omitted += max(r.times, 1) * (1 + len(r.left))
		}
	}
	return ends, omitted
}
