package packet

import (
	"encoding/binary"
	"net/netip"

	"github.com/gopacket/gopacket"
)

// Checksum is the Internet checksum (RFC 1071): 0 over data that carries the
// right one.
func Checksum(data []byte) uint16 {
	return gopacket.FoldChecksum(gopacket.ComputeChecksum(data, 0))
}

// TransportChecksum is the checksum of a segment as its protocol computes it:
// with the pseudo header of the addresses, but for ICMP without one.
func TransportChecksum(source, destination netip.Addr, protocol Protocol, segment []byte) uint16 {
	if protocol == ICMP {
		return Checksum(segment)
	}
	pseudo := make([]byte, 0, 40)
	pseudo = append(append(pseudo, source.AsSlice()...), destination.AsSlice()...)
	pseudo = binary.BigEndian.AppendUint32(pseudo, uint32(len(segment)))
	pseudo = append(pseudo, 0, 0, 0, byte(protocol))
	return gopacket.FoldChecksum(gopacket.ComputeChecksum(segment, gopacket.ComputeChecksum(pseudo, 0)))
}

// Adjust brings the checksum at data[at:] up to date after before became after,
// both of one length and at an even place (RFC 1624, Section 3). A checksum that
// was wrong stays wrong: one that is computed anew would hide from the receiver
// what the sender or the path has broken.
func Adjust(data []byte, at int, before, after []byte) {
	sum := uint32(^binary.BigEndian.Uint16(data[at:]))
	for i := 0; i+1 < len(before); i += 2 {
		sum += uint32(^binary.BigEndian.Uint16(before[i:]))
		sum += uint32(binary.BigEndian.Uint16(after[i:]))
	}
	if last := len(before) - 1; last%2 == 0 { // the other half of its word is as it was
		sum += uint32(^(uint16(before[last]) << 8))
		sum += uint32(after[last]) << 8
	}
	binary.BigEndian.PutUint16(data[at:], gopacket.FoldChecksum(sum))
}

// Seal computes the checksum at data[at:] that covers all of data. Only what has
// been verified may be sealed.
func Seal(data []byte, at int) {
	clear(data[at : at+2])
	binary.BigEndian.PutUint16(data[at:], Checksum(data))
}
