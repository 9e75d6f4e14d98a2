package suites

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/natproof/natproof/reports"
)

// natLane is the NAT's name in a ladder.
const natLane = "NAT"

// ladderEnd is how many rungs of each end of a long ladder are kept.
const ladderEnd = 60

// ladder draws the packets on both sides of the NAT, with steps between them.
// Controls are left out; the capture has them.
func ladder(records []record, steps []mark, began time.Time, owned []netip.Addr) reports.Ladder {
	l := reports.Ladder{Rungs: []reports.Rung{}}
	seen := map[string]bool{}
	type timed struct {
		wall time.Time
		rung reports.Rung
	}
	var rungs []timed
	crossings := pairUp(records)
	for i, r := range records {
		arrival, err := parse(r.data, r.lab, false)
		if err != nil {
			continue
		}
		if arrival.control() || (arrival.ICMP != nil && arrival.ICMP.Quote != nil && arrival.ICMP.Quote.control()) {
			l.Omitted++
			continue
		}
		packet := draw(r, arrival)
		packet.Rewritten, packet.Dropped = crossings[i].rewritten, crossings[i].dropped
		seen[packet.From], seen[packet.To] = true, true
		rungs = append(rungs, timed{r.wall, reports.Rung{AtMS: milliseconds(r.lab.Sub(began)), Packet: &packet}})
	}
	for _, s := range steps {
		rungs = append(rungs, timed{s.wall, reports.Rung{AtMS: milliseconds(onLabClock(records, s.wall, began)), Step: s.text}})
	}
	slices.SortStableFunc(rungs, func(a, b timed) int { return a.wall.Compare(b.wall) })
	if most := 2 * ladderEnd; len(rungs) > most {
		l.Omitted += len(rungs) - most
		rungs = slices.Delete(rungs, ladderEnd, len(rungs)-ladderEnd)
	}
	for _, r := range rungs {
		l.Rungs = append(l.Rungs, r.rung)
	}
	l.Lanes = lanes(seen, owned)
	return l
}

// onLabClock is the time on the lab's clock at the first packet after a step,
// since the step is there to explain it; after the last packet, that packet's.
func onLabClock(records []record, wall, began time.Time) time.Duration {
	if len(records) == 0 {
		return 0
	}
	for _, r := range records {
		if !r.wall.Before(wall) {
			return max(0, r.lab.Sub(began))
		}
	}
	return max(0, records[len(records)-1].lab.Sub(began))
}

func lanes(seen map[string]bool, owned []netip.Addr) []reports.Lane {
	all := []reports.Lane{}
	add := func(inside bool, side string) {
		for _, p := range places {
			if p.inside == inside && seen[p.name] {
				all = append(all, reports.Lane{Name: p.name, Addrs: []string{p.addr.String()}, Side: side})
			}
		}
	}
	add(true, "inside")
	middle := reports.Lane{Name: natLane, Side: "nat", Addrs: []string{}}
	for _, addr := range owned {
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

func draw(r record, a Arrival) reports.Packet {
	packet := reports.Packet{Side: "outside", From: natLane, To: natLane, Src: endpoint(a.Source), Dst: endpoint(a.Destination), Info: info(a)}
	if r.inside {
		packet.Side = "inside"
	}
	host := func(addr netip.Addr) string {
		if p, ok := placeAt(addr); ok && p.inside == r.inside {
			return p.name
		}
		return otherLane
	}
	if r.outgoing {
		packet.To = host(a.Destination.Addr())
	} else {
		packet.From = host(a.Source.Addr())
	}
	return packet
}

// endpoint writes an address, without a port where the packet has none.
func endpoint(a netip.AddrPort) string {
	if a.Port() == 0 {
		return a.Addr().String()
	}
	return a.String()
}

func info(a Arrival) string {
	switch {
	case a.ICMP != nil && a.ICMP.Quote != nil:
		text := fmt.Sprintf("ICMP %d/%d about %s to %s", a.ICMP.Type, a.ICMP.Code, endpoint(a.ICMP.Quote.Source), endpoint(a.ICMP.Quote.Destination))
		if a.ICMP.MTU != 0 && a.ICMP.Type == 3 && a.ICMP.Code == 4 {
			text += fmt.Sprintf(", MTU %d", a.ICMP.MTU)
		}
		return text
	case a.ICMP != nil:
		return fmt.Sprintf("ICMP %d/%d", a.ICMP.Type, a.ICMP.Code)
	case a.Fragment != nil:
		return fmt.Sprintf("UDP fragment %d to %d of ID %d", a.Fragment.Offset, a.Fragment.Offset+a.Fragment.Length, a.Fragment.ID)
	}
	return fmt.Sprintf("UDP %d bytes", len(a.Payload))
}

// A crossing is what became of a packet at the NAT.
type crossing struct {
	rewritten []string
	dropped   bool
}

// pairUp finds for each packet that left the NAT the one that it entered as,
// and so which fields were rewritten and which packets were dropped.
func pairUp(records []record) []crossing {
	crossings := make([]crossing, len(records))
	entered := map[string][]int{}
	for i, r := range records {
		arrival, err := parse(r.data, r.lab, false)
		if err != nil {
			continue
		}
		key := identity(arrival)
		if key == "" {
			continue
		}
		if !r.outgoing {
			crossings[i].dropped = true // until it is seen to leave
			entered[key] = append(entered[key], i)
			continue
		}
		if len(entered[key]) == 0 {
			continue
		}
		last := entered[key][len(entered[key])-1]
		crossings[last].dropped = false
		before, err := parse(records[last].data, r.lab, false)
		if err == nil {
			crossings[i].rewritten = rewritten(before, arrival)
		}
	}
	return crossings
}

// identity is what of a packet a NAT leaves alone. Fragments have none, since a
// NAT may put them together.
func identity(a Arrival) string {
	switch {
	case a.Fragment != nil:
		return ""
	case a.ICMP != nil && a.ICMP.Quote != nil:
		quote := a.ICMP.Quote.Raw
		if len(quote) < 6 {
			return ""
		}
		return fmt.Sprintf("icmp %d %d %d", a.ICMP.Type, a.ICMP.Code, binary.BigEndian.Uint16(quote[4:]))
	case a.ICMP != nil:
		return ""
	}
	return "udp " + string(a.Payload)
}

func rewritten(before, after Arrival) []string {
	var fields []string
	if before.Source != after.Source {
		fields = append(fields, "src")
	}
	if before.Destination != after.Destination {
		fields = append(fields, "dst")
	}
	if before.ICMP != nil && after.ICMP != nil && before.ICMP.Quote != nil && after.ICMP.Quote != nil &&
		(before.ICMP.Quote.Source != after.ICMP.Quote.Source || before.ICMP.Quote.Destination != after.ICMP.Quote.Destination) {
		fields = append(fields, "quote")
	}
	return fields
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}
