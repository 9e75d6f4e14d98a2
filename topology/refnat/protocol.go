package refnat

import (
	"iter"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// protocols are those that a table translates, by their numbers, of which UDP's is the
// highest. It is no map, since a table asks for its protocols many times for each packet.
type protocols [packet.UDP + 1]*protocol

// translated returns the protocols that the table translates.
func translated() *protocols {
	return &protocols{packet.UDP: udpRules(), packet.TCP: tcpRules(), packet.ICMP: queryRules()}
}

// of returns nil for a protocol that is not translated.
func (all *protocols) of(p packet.Protocol) *protocol {
	if int(p) >= len(all) {
		return nil
	}
	return all[p]
}

// each goes through those that are translated, in the order of their numbers.
func (all *protocols) each() iter.Seq2[packet.Protocol, *protocol] {
	return func(yield func(packet.Protocol, *protocol) bool) {
		for number, one := range all {
			if one != nil && !yield(packet.Protocol(number), one) {
				return
			}
		}
	}
}

// A protocol is what sets one of the translated protocols apart. The rest is the
// same for each: mappings, filters, hairpinning, errors.
type protocol struct {
	// numbers says how its ports or query identifiers are given out.
	numbers numbering
	// sound reports whether a packet holds the whole header that it announces.
	sound func(*packet.Packet) bool
	// opens reports whether a packet may begin a session: from inside one that may
	// need a mapping, from outside one that the filter is asked about.
	opens func(*Table, *datagram) bool
	// continues reports whether a mapping has a session with y that any packet may
	// belong to. Where it has, neither filter nor opens are asked.
	continues func(l life, y packet.Endpoint) bool
	// begin returns the life of a new mapping.
	begin func(*Table, *mapping) life
	// refused is what becomes of a packet from outside that no mapping lets in.
	refused func(*Table, *datagram, time.Time) []Packet
	// behaviour and faults are the table's, as this protocol has them.
	behaviour Behaviour
	faults    Faults
}

// behaviour returns how the table behaves toward a protocol.
func (t *Table) behaviour(p packet.Protocol) *Behaviour { return &t.protocols.of(p).behaviour }

// faults returns the mistakes that the table makes with a protocol.
func (t *Table) faults(p packet.Protocol) *Faults {
	if known := t.protocols.of(p); known != nil {
		return &known.faults
	}
	return &t.cfg.Faults
}

// A life is what a protocol remembers of a dynamic mapping and its sessions, and when
// they end.
type life interface {
	// sent notes a packet that the mapping's internal endpoint sends to y.
	sent(p *packet.Packet, y packet.Endpoint, now time.Time)
	// received notes a packet from y that has come in.
	received(p *packet.Packet, y packet.Endpoint, now time.Time)
	// end is when the mapping, or some session of it, ends if nothing happens before.
	end() time.Time
	// ended ends what is to end by now. It returns what the NAT sends then, and
	// whether the mapping is over.
	ended(now time.Time) (packets []Packet, over bool)
}

// numbered reports whether a packet, or the part of it that an error quotes, has
// the ports or the query identifier that it is translated by.
func numbered(p *packet.Packet) bool {
	return p.UDP != nil || p.TCP != nil || p.ICMP != nil && p.ICMP.Query
}
