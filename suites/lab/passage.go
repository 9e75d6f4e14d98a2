package lab

import (
	"fmt"
	"strings"

	"github.com/natproof/natproof/topology/packet"
)

// A passage is a packet on one side of the NAT, and what became of it there.
type passage struct {
	record
	seen      Arrival
	rewritten []string       // fields that differ from the packet as it came in
	dropped   bool           // it came in and was not seen to leave
	before    *packet.Packet // as it came in, for a packet that went out
}

// pairUp finds for each packet that left the NAT the one that it entered as, and
// so which fields were rewritten and which packets were dropped.
func pairUp(records []record) []passage {
	passages := make([]passage, len(records))
	entered := map[string][]int{}
	for i, r := range records {
		p := &passages[i]
		p.record, p.seen = r, parse(r.data, r.lab)
		key := ""
		if p.seen.Source.IsValid() {
			key = p.seen.Identity()
		}
		switch earlier := entered[key]; {
		case key == "":
		case !r.outgoing:
			p.dropped = true // until it is seen to leave
			entered[key] = append(earlier, i)
		case len(earlier) > 0:
			in := &passages[earlier[len(earlier)-1]]
			in.dropped = false
			p.before = &in.seen.Packet
			p.rewritten = packet.Rewritten(p.before, &p.seen.Packet)
		}
	}
	return passages
}

// comments say what the NAT made of the packet.
func (p passage) comments() []string {
	switch {
	case p.dropped:
		return []string{"the NAT let nothing of this packet out"}
	case len(p.rewritten) > 0:
		return []string{fmt.Sprintf("the NAT rewrote %s; the packet came in from %s to %s",
			strings.Join(p.rewritten, ", "), packet.Address(p.before.Source), packet.Address(p.before.Destination))}
	}
	return nil
}
