package refnat

import (
	"bytes"
	"encoding/binary"

	"github.com/natproof/natproof/topology/packet"
)

// TCPWireFaults are in how a segment of TCP looks when it leaves.
type TCPWireFaults struct {
	// DamagedSegmentsLeak lets a segment with a wrong checksum out with the source that it
	// had.
	DamagedSegmentsLeak bool `breaks:"wire.inside-address"`
	// SegmentsRepaired computes the checksum of a segment anew that has a wrong one.
	SegmentsRepaired bool `breaks:"wire.damage"`
	// SegmentSumCarryLost writes a checksum of 0x0000 or 0x00ff over more than 20 bytes with its last
	// bit turned.
	SegmentSumCarryLost bool `breaks:"wire.transport-checksum"`
	// SegmentHeaderSumCarryLost writes the checksum 0x00ff of the header of a segment that is
	// not to be fragmented with its last bit turned.
	SegmentHeaderSumCarryLost bool `breaks:"wire.ip-checksum"`
	// SegmentsPadded makes data of a single byte longer. Breaks REQ-2 of RFC 5382.
	SegmentsPadded bool `breaks:"rfc5382.req-2 wire.payload" also:"practice.other-ways"`
}

// unsound returns what leaves of a segment when the faults of its looks have had their
// way.
func (t *Table) unsound(d *datagram, packets []Packet) []Packet {
	f := t.cfg.Faults.TCPWireFaults
	if f == (TCPWireFaults{}) || d.Protocol != packet.TCP || len(packets) != 1 {
		return packets
	}
	out := &packets[0]
	p, err := packet.Parse(out.Data)
	if err != nil || p.Fragment != nil || p.TCP == nil {
		return packets
	}
	const checksum = 16
	e := p.Edit()
	switch sum := p.TCP.Checksum; {
	case f.DamagedSegmentsLeak && p.Damage != "" && d.from == Inside:
		e.SetSource(d.Source)
	case f.SegmentsRepaired && p.Damage != "":
		return rebuilt(packets, &p, p.Payload)
	case f.SegmentSumCarryLost && (sum == 0 || sum == 0x00ff) && len(p.Payload) > 20:
		binary.BigEndian.PutUint16(e.Segment()[checksum:], sum^1)
	case f.SegmentHeaderSumCarryLost && carriesInHeader(&p):
		e.Data()[11] ^= 1
	case f.SegmentsPadded && len(p.Payload) == 1:
		return rebuilt(packets, &p, append(bytes.Clone(p.Payload), 0))
	default:
		return packets
	}
	out.Data = e.Data()
	return packets
}

// rebuilt returns the segment with another payload, and a checksum computed anew.
func rebuilt(packets []Packet, p *packet.Packet, payload []byte) []Packet {
	packets[0].Data = must(headerOf(p).Packet(packet.TCPSegment(p.Source, p.Destination, *p.TCP, payload)))
	return packets
}
