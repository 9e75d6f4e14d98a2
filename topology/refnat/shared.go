package refnat

import (
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// Mappings and filters are each protocol's own, RFC 7857, Sections 5 and 6. What stands
// here is for those who configure it otherwise.

// counterpart returns the endpoint of the same address and port in the protocol that
// shares with e's; false where none does.
func counterpart(e packet.Endpoint) (packet.Endpoint, bool) {
	switch e.Protocol {
	case packet.UDP:
		e.Protocol = packet.TCP
	case packet.TCP:
		e.Protocol = packet.UDP
	default:
		return e, false
	}
	return e, true
}

// poolOf returns the pool that an external endpoint is from: one for both protocols
// where they share mappings, so that what one has is free for its counterpart alone.
func (t *Table) poolOf(e packet.Endpoint) pool {
	if e.Protocol == packet.TCP && t.behaviour(packet.TCP).SharedMappings {
		return pool{packet.UDP, e.Addr()}
	}
	return pool{e.Protocol, e.Addr()}
}

// twin returns the external endpoint that a new mapping shares with one of the other
// protocol, false if there is none.
func (t *Table) twin(x, y packet.Endpoint) (packet.Endpoint, bool) {
	if !t.behaviour(x.Protocol).SharedMappings {
		return x, false
	}
	otherX, ok := counterpart(x)
	otherY, _ := counterpart(y)
	m := t.mappings[t.key(otherX, otherY)]
	if !ok || m == nil {
		return x, false
	}
	return at(m.external.Addr(), x.Protocol, m.external.Port()), true
}

// release gives the port of an external endpoint back, unless the other protocol has it.
func (t *Table) release(x1 packet.Endpoint) {
	ranged := t.cfg.Behaviour.PortRange != PortRange{}
	if x1.Protocol == packet.TCP && t.faults(x1.Protocol).PortsLost ||
		ranged && x1.Port()%2 == 1 && t.faults(x1.Protocol).ExpiredPortsLost {
		return
	}
	other, _ := counterpart(x1)
	if t.poolOf(x1) == t.poolOf(other) && len(t.external[indexOf(other)]) > 0 {
		return
	}
	if p, ok := t.ports[t.poolOf(x1)]; ok && !t.detain(x1) {
		p.release(x1.Port())
	}
}

// adopt makes the mapping for a packet to an external endpoint that the other protocol
// alone has, if its filter lets the sender in and filters are shared.
func (t *Table) adopt(p *protocol, d *datagram, now time.Time) *mapping {
	x1 := d.DestinationEndpoint()
	otherX1, ok := counterpart(x1)
	if !ok || !p.behaviour.SharedFilters || p.behaviour.FilterState == PerMapping || !p.opens(t, d) {
		return nil
	}
	other := t.inward(otherX1)
	if other == nil || other.permanent {
		return nil
	}
	x, _ := counterpart(other.internal)
	k := t.key(x, d.SourceEndpoint())
	free, known := t.ports[t.poolOf(x1)]
	if t.mappings[k] != nil || !t.admits(other, d.SourceEndpoint()) ||
		known && free.taken(x1.Port()) && t.poolOf(x1) != t.poolOf(otherX1) {
		return nil
	}
	if known {
		free.take(x1.Port())
	}
	m := t.establish(k, x, x1, false)
	t.agenda.set(&m.alarm, now) // what does not come in after all leaves nothing behind
	return m
}

// contacts are the mappings that may have let y in to an internal endpoint.
func (t *Table) contacts(x packet.Endpoint) []*mapping {
	var mappings []*mapping
	if e := t.endpoints[indexOf(x)]; e != nil {
		mappings = e.mappings
	}
	if !t.behaviour(x.Protocol).SharedFilters && !t.faults(x.Protocol).ContactsOfBothProtocols {
		return mappings
	}
	if other, ok := counterpart(x); ok && t.endpoints[indexOf(other)] != nil {
		mappings = append(mappings[:len(mappings):len(mappings)], t.endpoints[indexOf(other)].mappings...)
	}
	return mappings
}
