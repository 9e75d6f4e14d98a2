package refnat

import "github.com/natproof/natproof/topology/packet"

// What has neither ports nor query identifiers cannot be told apart behind one address, so
// it passes by a pair of addresses and by nothing else (RFC 3022, Section 2.2: "Sessions
// other than TCP, UDP and ICMP query type are simply not permitted").

// portless reports whether a packet is of a protocol that only pairs carry.
func (t *Table) portless(d *datagram) bool {
	return t.protocols.of(d.Protocol) == nil && d.Protocol != packet.ICMP && len(t.staticOut) > 0
}

// pairOut sends a packet on that a pair's host has sent.
func (t *Table) pairOut(d *datagram) []Packet {
	addr, ok := t.pairFor(d.src())
	if !ok || t.own[d.dst()] || t.cfg.Faults.PairOfPortsOnly {
		return t.escapes(d)
	}
	if reply, stop := t.obstacle(d, Outside); stop {
		return reply
	}
	e := d.forward()
	e.SetSourceAddr(addr)
	return t.emit(d, e, Outside)
}

// pairIn sends on what has come for a pair's registered address.
func (t *Table) pairIn(d *datagram) []Packet {
	addr, ok := t.staticIn[d.dst()]
	if !ok || t.cfg.Faults.PairOfPortsOnly || t.cfg.Faults.PortlessOutOnly {
		return nil
	}
	if reply, stop := t.obstacle(d, Inside); stop {
		return reply
	}
	e := d.forward()
	e.SetDestinationAddr(addr)
	return t.emit(d, e, Inside)
}
