package refnat

import (
	"net/netip"

	"github.com/natproof/natproof/topology/packet"
)

// A datagram is an IPv4 packet as it was received, in one piece. Its data is
// never written to; what leaves is a copy.
type datagram struct {
	packet.Packet
	from Side
	// largest is the length of the packet, or of its largest fragment where
	// it came in fragments: what fitted the link that it came on.
	largest int
}

// read reads a packet, and reports false for one that a router would discard. A
// transport's wrong checksum is none of a router's business.
func read(from Side, data []byte) (*datagram, bool) {
	p, err := packet.Parse(data)
	if err != nil || p.Is6() || p.Damage == packet.WrongHeaderChecksum {
		return nil, false
	}
	return &datagram{p, from, len(p.Data)}, true
}

// reassembled reports whether it came in fragments.
func (d *datagram) reassembled() bool { return d.largest != len(d.Data) }

func (d *datagram) src() netip.Addr { return d.Source.Addr() }
func (d *datagram) dst() netip.Addr { return d.Destination.Addr() }

// forward returns a copy with a router's mark on it: one hop less to live.
func (d *datagram) forward() packet.Edit {
	e := d.Edit()
	e.SetTTL(d.TTL - 1)
	return e
}
