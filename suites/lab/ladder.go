package lab

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/topology/packet"
)

// natLane is the NAT's name in a ladder.
const natLane = "NAT"

// ladder draws the packets on both sides of the NAT, with steps between them. Those of
// controls are told in one rung; the capture has them. Shown are packets that have to be seen.
func (l *Lab) ladder(traffic Traffic, steps []mark, shown ...*Passage) reports.Ladder {
	drawn := reports.Ladder{Rungs: []reports.Rung{}}
	decided, frames := l.decided(traffic), traffic.ends(shown).frames()
	all := rungsOf(traffic, append(slices.Clone(steps), l.controlled...), shown)
	all, drawn.Omitted = bothEnds(all)
	for _, p := range traffic {
		if !p.Source.IsValid() { // it has no place in a drawing
			drawn.Omitted++
		}
	}
	seen, numbers, unnoted := map[string]bool{}, initialNumbers{}, traffic
	var last reports.Packet
	behind := -1 // which rung the packet that had to come stands
	for _, r := range all {
		if r.packet == nil {
			drawn.Rungs = append(drawn.Rungs, l.told(r, milliseconds(l.onClock(traffic, r.wall))))
			continue
		}
		for i, p := range append([]*Passage{r.packet}, r.left...) {
			for ; len(unnoted) > 0 && !unnoted[0].wall.After(p.wall); unnoted = unnoted[1:] {
				numbers.note(unnoted[0])
			}
			arrow := draw(p, numbers)
			arrow.Frame, arrow.Forwarded = frames[p], i > 0
			if r.times > 1 {
				r.crowd(&arrow, i)
			}
			seen[arrow.From], seen[arrow.To] = true, true
			rung := reports.Rung{AtMS: milliseconds(p.lab.Sub(l.began)), Packet: &arrow}
			if rung.Decided = slices.Contains(decided, p); rung.Decided && l.miss.detail != nil {
				arrow.Info = strings.TrimSuffix(arrow.Info+", "+l.miss.detail(p), ", ")
			}
			if n := len(decided); n > 0 && decided[n-1] == p {
				last, behind = arrow, len(drawn.Rungs)
			}
			drawn.Rungs = append(drawn.Rungs, rung)
		}
	}
	if l.miss != nil && l.miss.call != "" {
		for i := range slices.Backward(drawn.Rungs) {
			if drawn.Rungs[i].Step == l.miss.call {
				drawn.Rungs[i].Decided = true
				break
			}
		}
	}
	drawn.Rungs = l.expect(drawn.Rungs, last, behind, seen)
	for name := range l.machines { // a program may call without a packet
		seen[name] = true
	}
	drawn.Lanes = l.lanes(seen)
	return drawn
}

// told is the rung of a step or a control.
func (l *Lab) told(r rung, at float64) reports.Rung {
	if control, ok := strings.CutPrefix(r.text, controlStep); ok {
		return reports.Rung{AtMS: at, Control: control}
	}
	return reports.Rung{AtMS: at, Step: r.text}
}

// controlStep begins what is said of a control.
const controlStep = "control: "

// decided are the packets that decided a failure.
func (l *Lab) decided(traffic Traffic) []*Passage {
	var found []*Passage
	if l.miss == nil {
		return nil
	}
	for _, is := range l.miss.decided {
		// An endpoint that has sent the same before does not decide by that.
		for _, p := range slices.Backward(traffic) {
			if is(p) {
				found = append(found, p)
				break
			}
		}
	}
	return found
}

// expect puts the packet that had to come behind a rung and what the NAT has made of that, or
// to the end where there is no such rung.
func (l *Lab) expect(rungs []reports.Rung, last reports.Packet, behind int, seen map[string]bool) []reports.Rung {
	if l.miss == nil || l.miss.wanted == nil {
		return rungs
	}
	if last.Side == "" {
		last = l.miss.came
	}
	wanted := l.miss.wanted(last)
	wanted.Rewritten, wanted.Dropped, wanted.Forwarded, wanted.Frame = nil, false, false, 0
	if wanted.Side == "" {
		return rungs
	}
	at := len(rungs)
	if behind >= 0 {
		for at = behind + 1; at < len(rungs) && rungs[at].Packet != nil && rungs[at].Packet.Forwarded; {
			at++
		}
	}
	seen[wanted.From], seen[wanted.To] = true, true
	rung := reports.Rung{Expected: &wanted}
	if at > 0 {
		rung.AtMS = rungs[at-1].AtMS
	}
	if l.miss.late {
		passed := func(r reports.Rung) bool { return r.AtMS-rung.AtMS > milliseconds(time.Second) }
		if i := slices.IndexFunc(rungs[at:], passed); i >= 0 {
			at += i
			rung.AtMS = rungs[at].AtMS
		}
	}
	return slices.Insert(rungs, at, rung)
}

// onClock is the time on the lab's clock at the first packet after a step, since
// the step is there to explain it; after the last packet, that packet's.
func (l *Lab) onClock(traffic Traffic, wall time.Time) time.Duration {
	if len(traffic) == 0 {
		return 0
	}
	for _, p := range traffic {
		if !p.wall.Before(wall) {
			return max(0, p.lab.Sub(l.began))
		}
	}
	return max(0, traffic[len(traffic)-1].lab.Sub(l.began))
}

func (l *Lab) lanes(seen map[string]bool) []reports.Lane {
	all := []reports.Lane{}
	add := func(inside bool, side string) {
		for _, p := range places {
			if p.inside == inside && seen[p.name] {
				all = append(all, reports.Lane{Name: p.name, Addrs: []string{l.addr(p).String()}, Side: side})
			}
		}
	}
	add(true, "inside")
	middle := reports.Lane{Name: natLane, Side: "nat", Addrs: []string{}}
	for _, addr := range l.External {
		middle.Addrs = append(middle.Addrs, addr.String())
	}
	all = append(all, middle)
	add(false, "outside")
	if seen[otherLane] {
		all = append(all, reports.Lane{Name: otherLane, Side: "outside", Addrs: []string{}})
	}
	return all
}

// otherLane stands for addresses that no host of the lab has.
const otherLane = "?"

// initialNumbers are the initial sequence numbers of TCP by sender and receiver, as
// one side of the NAT sees them.
type initialNumbers map[[2]netip.AddrPort]uint32

// note takes the number of a SYN, or of the first segment where there was none.
func (n initialNumbers) note(p *Passage) {
	if p.TCP == nil || p.TCP.Cut {
		return
	}
	key := [2]netip.AddrPort{p.Source, p.Destination}
	if _, known := n[key]; !known || p.TCP.Flags&packet.SYN != 0 {
		n[key] = p.TCP.Seq
	}
}

// describe says what a packet is, with the numbers of TCP as both ends count them.
func (n initialNumbers) describe(p *Passage) string {
	if p.TCP == nil {
		return p.Describe()
	}
	theirs, known := n[[2]netip.AddrPort{p.Destination, p.Source}]
	if !known {
		theirs = p.TCP.Ack
	}
	return p.DescribeTCP(n[[2]netip.AddrPort{p.Source, p.Destination}], theirs)
}

func draw(p *Passage, numbers initialNumbers) reports.Packet {
	arrow := reports.Packet{
		Side: "outside", From: natLane, To: natLane, Info: numbers.describe(p),
		Src: packet.Address(p.Source), Dst: packet.Address(p.Destination),
		Rewritten: p.rewritten, Dropped: p.dropped,
	}
	if p.Damage != "" {
		arrow.Info += ", " + p.Damage
	}
	if p.inside {
		arrow.Side = "inside"
	}
	host := func(addr netip.Addr) string {
		if at, ok := placeOn(p.inside, addr); ok {
			return at.name
		}
		return otherLane
	}
	if p.outgoing {
		arrow.To = host(p.Destination.Addr())
	} else {
		arrow.From = host(p.Source.Addr())
	}
	return arrow
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}
