package topology

import (
	"encoding/binary"
	"net/netip"
)

const (
	ipv4HeaderLen = 20
	ipv6HeaderLen = 40
)

// destination returns where an IP packet is addressed to, and false for bytes
// that are too short to say so or are of neither version.
func destination(packet []byte) (netip.Addr, bool) {
	switch {
	case len(packet) >= ipv4HeaderLen && packet[0]>>4 == 4:
		return netip.AddrFrom4([4]byte(packet[16:20])), true
	case len(packet) >= ipv6HeaderLen && packet[0]>>4 == 6:
		return netip.AddrFrom16([16]byte(packet[24:40])), true
	}
	return netip.Addr{}, false
}

// unpadded cuts off what a link layer appended to reach its minimum length. A
// packet that claims to be longer than it is stays as it came.
func unpadded(packet []byte) []byte {
	length := len(packet)
	switch {
	case len(packet) >= ipv4HeaderLen && packet[0]>>4 == 4:
		length = int(binary.BigEndian.Uint16(packet[2:4]))
	case len(packet) >= ipv6HeaderLen && packet[0]>>4 == 6:
		length = ipv6HeaderLen + int(binary.BigEndian.Uint16(packet[4:6]))
	}
	if length < ipv4HeaderLen || length > len(packet) {
		return packet
	}
	return packet[:length]
}
