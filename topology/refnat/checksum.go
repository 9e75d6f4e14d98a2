package refnat

import (
	"encoding/binary"

	"github.com/gopacket/gopacket"
)

// valid reports whether the Internet checksum within data verifies.
func valid(data []byte) bool {
	return gopacket.FoldChecksum(gopacket.ComputeChecksum(data, 0)) == 0
}

// adjust brings the checksum at data[at:] up to date after before became after,
// both of even length (RFC 1624, Section 3). What was wrong stays wrong: a
// checksum computed anew would hide from the receiver what the sender or the
// path has broken.
func adjust(data []byte, at int, before, after []byte) {
	sum := uint32(^binary.BigEndian.Uint16(data[at:]))
	for i := 0; i+1 < len(before); i += 2 {
		sum += uint32(^binary.BigEndian.Uint16(before[i:]))
		sum += uint32(binary.BigEndian.Uint16(after[i:]))
	}
	binary.BigEndian.PutUint16(data[at:], gopacket.FoldChecksum(sum))
}

// adjustUDP is adjust for a UDP checksum, where zero means that there is none
// and a computed zero is sent as all ones (RFC 768).
func adjustUDP(data []byte, at int, before, after []byte) {
	if binary.BigEndian.Uint16(data[at:]) == 0 {
		return
	}
	adjust(data, at, before, after)
	if binary.BigEndian.Uint16(data[at:]) == 0 {
		binary.BigEndian.PutUint16(data[at:], 0xffff)
	}
}

// seal computes the checksum at data[at:] that covers all of data. Only what has
// been verified may be sealed.
func seal(data []byte, at int) {
	clear(data[at : at+2])
	sum := gopacket.FoldChecksum(gopacket.ComputeChecksum(data, 0))
	binary.BigEndian.PutUint16(data[at:], sum)
}
