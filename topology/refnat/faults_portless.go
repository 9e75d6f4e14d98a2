package refnat

import "github.com/natproof/natproof/topology/packet"

// PortlessFaults are in what becomes of protocols without ports.
type PortlessFaults struct {
	// PairOfPortsOnly carries none of them by a pair, and PortlessOutOnly none in.
	PairOfPortsOnly bool `breaks:"translation.static-protocols"`
	PortlessOutOnly bool `breaks:"translation.static-protocols"`
	// PortlessLeak lets them out as they are where no pair carries them. Breaks RFC 3022,
	// Section 2.2.
	PortlessLeak bool `breaks:"rfc3022.napt-other-proto wire.inside-address"`
}

// escapes returns what leaves of a packet that nothing translates.
func (t *Table) escapes(d *datagram) []Packet {
	if t.cfg.Faults.PortlessLeak && d.Protocol != packet.ICMP && t.protocols[d.Protocol] == nil {
		return t.route(d, Outside)
	}
	return nil
}
