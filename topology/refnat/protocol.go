package refnat

import (
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// translated returns the protocols that the table translates.
func translated() map[packet.Protocol]*protocol {
	return map[packet.Protocol]*protocol{packet.UDP: udpRules()}
}

// A protocol is what sets one of the translated protocols apart. The rest is the
// same for each: mappings, filters, hairpinning, errors.
type protocol struct {
	// numbers says how its ports or query identifiers are given out.
	numbers numbering
	// sound reports whether a packet holds the whole header that it announces.
	sound func(*packet.Packet) bool
	// opens reports whether a packet from inside may make a mapping.
	opens func(*packet.Packet) bool
	// begin returns the life of a new mapping.
	begin func(*Table, *mapping) life
	// refused is what becomes of a packet from outside that no mapping lets in.
	refused func(*Table, *datagram, time.Time) []Packet
}

// A life is what a protocol remembers of a dynamic mapping, and when that ends.
type life interface {
	// sent notes a packet that the mapping's internal endpoint sends to y.
	sent(p *packet.Packet, y packet.Endpoint, now time.Time)
	// received notes a packet from y that has come in.
	received(p *packet.Packet, y packet.Endpoint, now time.Time)
	// end is when the mapping ends if nothing happens before.
	end() time.Time
	// ended returns what the NAT sends when it has ended by itself.
	ended(now time.Time) []Packet
}

// numbered reports whether a packet, or the part of it that an error quotes, has
// the ports or the query identifier that it is translated by.
func numbered(p *packet.Packet) bool {
	return p.UDP != nil || p.TCP != nil || p.ICMP != nil && p.ICMP.Query
}
