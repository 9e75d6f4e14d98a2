package packet

import (
	"encoding/binary"
	"net/netip"
)

// Destination returns where an IP packet is addressed to, and false for bytes
// that are too short to say so or are of neither version.
func Destination(data []byte) (netip.Addr, bool) {
	switch {
	case len(data) >= ipv4HeaderLen && data[0]>>4 == 4:
		return netip.AddrFrom4([4]byte(data[16:20])), true
	case len(data) >= ipv6HeaderLen && data[0]>>4 == 6:
		return netip.AddrFrom16([16]byte(data[24:40])), true
	}
	return netip.Addr{}, false
}

// Source returns where an IP packet says that it comes from, and false as Destination
// does.
func Source(data []byte) (netip.Addr, bool) {
	switch {
	case len(data) >= ipv4HeaderLen && data[0]>>4 == 4:
		return netip.AddrFrom4([4]byte(data[12:16])), true
	case len(data) >= ipv6HeaderLen && data[0]>>4 == 6:
		return netip.AddrFrom16([16]byte(data[8:24])), true
	}
	return netip.Addr{}, false
}

// Unpadded cuts off what a link layer appended to reach its minimum length. A
// packet that claims to be longer than it is stays as it came.
func Unpadded(data []byte) []byte {
	length := len(data)
	switch {
	case len(data) >= ipv4HeaderLen && data[0]>>4 == 4:
		length = int(binary.BigEndian.Uint16(data[2:4]))
	case len(data) >= ipv6HeaderLen && data[0]>>4 == 6:
		length = ipv6HeaderLen + int(binary.BigEndian.Uint16(data[4:6]))
	}
	if length < ipv4HeaderLen || length > len(data) {
		return data
	}
	return data[:length]
}
