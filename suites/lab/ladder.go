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
	seen := map[string]bool{}
	type timed struct {
		wall time.Time
		rung reports.Rung
	}
	var rungs []timed
	for _, p := range traffic {
		// A packet that has no addresses has no place in a drawing.
		if p.control() || !p.Source.IsValid() {
			drawn.Omitted++
			continue
		}
		arrow := draw(p)
		seen[arrow.From], seen[arrow.To] = true, true
		rungs = append(rungs, timed{p.wall, reports.Rung{AtMS: milliseconds(p.lab.Sub(l.began)), Packet: &arrow}})
	}
	for _, s := range steps {
		at := milliseconds(l.onClock(traffic, s.wall))
		rungs = append(rungs, timed{s.wall, reports.Rung{AtMS: at, Step: s.text}})
	}
	slices.SortStableFunc(rungs, func(a, b timed) int { return a.wall.Compare(b.wall) })
	if most := 2 * ladderEnd; len(rungs) > most {
		drawn.Omitted += len(rungs) - most
		rungs = slices.Delete(rungs, ladderEnd, len(rungs)-ladderEnd)
	}
	for _, r := range rungs {
		drawn.Rungs = append(drawn.Rungs, r.rung)
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

func draw(p *Passage) reports.Packet {
	arrow := reports.Packet{
		Side: "outside", From: natLane, To: natLane, Info: p.Describe(),
		Src: packet.Address(p.Source), Dst: packet.Address(p.Destination),
		Rewritten: p.rewritten, Dropped: p.dropped,
	}
	if p.inside {
		arrow.Side = "inside"
	}
	host := func(addr netip.Addr) string {
		if at, ok := placeAt(addr); ok && at.inside == p.inside {
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
