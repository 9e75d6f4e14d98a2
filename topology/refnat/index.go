package refnat

import (
	"encoding/binary"
	"net/netip"

	"github.com/natproof/natproof/topology/packet"
)

// An index is an IPv4 endpoint in one word: its address, protocol and port. A map finds
// that in a fraction of the time that an endpoint takes, and the garbage collector has
// nothing to follow in it.
type index uint64

// indexOf returns the index of an endpoint; an address that is not valid counts as 0.0.0.0.
func indexOf(e packet.Endpoint) index {
	return index(numberOf(e.Addr()))<<32 | index(e.Protocol)<<16 | index(e.Port())
}

// endpoint returns the endpoint of an index.
func (i index) endpoint() packet.Endpoint {
	var addr [4]byte
	binary.BigEndian.PutUint32(addr[:], uint32(i>>32))
	return at(netip.AddrFrom4(addr), packet.Protocol(i>>16), uint16(i))
}

// numberOf returns an IPv4 address as a number.
func numberOf(addr netip.Addr) uint32 {
	if !addr.Is4() {
		return 0
	}
	bytes := addr.As4()
	return binary.BigEndian.Uint32(bytes[:])
}
