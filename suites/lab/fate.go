package lab

import (
	"fmt"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// astray says in words what became of a packet that had to come and did not, where the NAT
// or its sender has done something else with it than to drop it; empty otherwise. Shown are
// those that decided.
func (m *miss) astray(all Traffic, shown []*Passage) string {
	for _, p := range shown {
		for _, q := range all {
			switch {
			case !q.Outgoing:
			case q.Cause == p && q.Destination != m.to:
				return "the NAT has sent it to " + nameOf(q.Destination)
			case q.Cause == nil && q.refuses(p):
				return fmt.Sprintf("the NAT has answered it with %s", kindOf(q))
			}
		}
	}
	if len(shown) > 0 || len(m.sent.data) == 0 {
		return ""
	}
	to := parse(m.sent.data[0], time.Time{}).Destination.Addr()
	if neighbour, ok := placeOn(m.sent.from.inside, to); ok {
		return fmt.Sprintf("%s has sent it to its neighbour %s, who has the address %s, and not to the NAT",
			m.sent.from.name, neighbour.name, to)
	}
	return "what was sent did not come to the NAT"
}

// refuses reports whether a packet is an ICMP error about another, or a RST in answer to it.
func (p *Passage) refuses(other *Passage) bool {
	if p.Inside != other.Inside || p.wall.Before(other.wall) {
		return false
	}
	if quote := p.Quote(); quote != nil {
		return quote.ID == other.ID && quote.Source == other.Source && quote.Destination == other.Destination
	}
	return p.TCP != nil && p.TCP.Flags&packet.RST != 0 && p.Source == other.Destination && p.Destination == other.Source
}
