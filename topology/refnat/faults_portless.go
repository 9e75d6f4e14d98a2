package refnat

import "github.com/natproof/natproof/topology/packet"

// PortlessFaults are in what becomes of protocols without ports.
type PortlessFaults struct {
	// PairOfPortsOnly carries GRE, ESP, SCTP and other protocols without ports of its own by
	// no static pair.
	PairOfPortsOnly bool `breaks:"translation.static-protocols"`
	// PortlessOutOnly lets GRE, ESP, SCTP and other protocols without ports out by a static
	// pair, and nothing of them in.
	PortlessOutOnly bool `breaks:"translation.static-protocols"`
	// PortlessLeak lets GRE, ESP, SCTP and other protocols without ports out as they are
	// where no pair carries them. Breaks RFC 3022, Section 2.2.
	PortlessLeak bool `breaks:"rfc3022.napt-other-proto wire.inside-address"`
}

// escapes returns what leaves of a packet that nothing translates.
func (t *Table) escapes(d *datagram) []Packet {
	leaks := t.cfg.Faults.OthersLeak
	if d.Protocol != packet.ICMP {
		leaks = t.cfg.Faults.PortlessLeak && t.protocols.of(d.Protocol) == nil
	}
	if !leaks {
		return nil
	}
	return t.route(d, Outside)
}
