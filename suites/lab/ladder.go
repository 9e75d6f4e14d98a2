package lab

import (
	"net/netip"
	"slices"
	"time"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/topology/packet"
)

// natLane is the NAT's name in a ladder.
const natLane = "NAT"

// ladderEnd is how many rungs of each end of a long ladder are kept.
const ladderEnd = 60

// ladder draws the packets on both sides of the NAT, with steps between them.
// Controls are left out; the capture has them.
func (l *Lab) ladder(traffic Traffic, steps []mark) reports.Ladder {
	drawn := reports.Ladder{Rungs: []reports.Rung{}}
	// A rung is a packet or a step. Which of them are kept is known before any is drawn.
	type rung struct {
		wall   time.Time
		packet *Passage
		step   string
	}
	rungs := make([]rung, 0, len(traffic)+len(steps))
	for _, p := range traffic {
		// A packet that has no addresses has no place in a drawing.
		if p.control() || !p.Source.IsValid() {
			drawn.Omitted++
			continue
		}
		rungs = append(rungs, rung{wall: p.wall, packet: p})
	}
	for _, s := range steps {
		rungs = append(rungs, rung{wall: s.wall, step: s.text})
	}
	slices.SortStableFunc(rungs, func(a, b rung) int { return a.wall.Compare(b.wall) })
	if most := 2 * ladderEnd; len(rungs) > most {
		drawn.Omitted += len(rungs) - most
		rungs = slices.Delete(rungs, ladderEnd, len(rungs)-ladderEnd)
	}
	seen, numbers, unnoted := map[string]bool{}, initialNumbers{}, traffic
	for _, r := range rungs {
		if r.packet == nil {
			at := milliseconds(l.onClock(traffic, r.wall))
			drawn.Rungs = append(drawn.Rungs, reports.Rung{AtMS: at, Step: r.step})
			continue
		}
		for ; len(unnoted) > 0 && !unnoted[0].wall.After(r.wall); unnoted = unnoted[1:] {
			numbers.note(unnoted[0])
		}
		arrow := draw(r.packet, numbers)
		seen[arrow.From], seen[arrow.To] = true, true
		at := milliseconds(r.packet.lab.Sub(l.began))
		drawn.Rungs = append(drawn.Rungs, reports.Rung{AtMS: at, Packet: &arrow})
	}
	for name := range l.machines { // a program may call without a packet
		seen[name] = true
	}
	drawn.Lanes = l.lanes(seen)
	return drawn
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
