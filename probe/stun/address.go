package stun

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	pion "github.com/pion/stun/v2"
)

// Address families of MAPPED-ADDRESS and its relatives (RFC 8489, Section 14.1).
const (
	familyIPv4 = 1
	familyIPv6 = 2
)

// addAddress adds an attribute that holds a transport address, disguised if it
// is XOR-MAPPED-ADDRESS. It allocates nothing if m has room.
func addAddress(m *pion.Message, t pion.AttrType, a netip.AddrPort) error {
	var v [20]byte
	size := 20
	binary.BigEndian.PutUint16(v[2:], a.Port())
	switch addr := a.Addr().Unmap(); {
	case addr.Is4():
		v[1], size = familyIPv4, 8
		b := addr.As4()
		copy(v[4:], b[:])
	case addr.Is6():
		v[1] = familyIPv6
		b := addr.As16()
		copy(v[4:], b[:])
	default:
		return fmt.Errorf("%v without an address: %w", t, ErrMalformed)
	}
	if t == pion.AttrXORMappedAddress {
		disguise(v[:size], m.Raw)
	}
	m.Add(t, v[:size])
	return nil
}

// getAddress is the inverse of addAddress.
func getAddress(m *pion.Message, t pion.AttrType, a *netip.AddrPort) error {
	value, err := m.Get(t)
	if err != nil {
		return err
	}
	var v [20]byte
	size := copy(v[:], value)
	if t == pion.AttrXORMappedAddress && size >= 4 {
		disguise(v[:size], m.Raw)
	}
	port := binary.BigEndian.Uint16(v[2:])
	switch {
	case len(value) == 8 && v[1] == familyIPv4:
		*a = netip.AddrPortFrom(netip.AddrFrom4([4]byte(v[4:8])), port)
	case len(value) == 20 && v[1] == familyIPv6:
		*a = netip.AddrPortFrom(netip.AddrFrom16([16]byte(v[4:])), port)
	default:
		return fmt.Errorf("%v of family %d and %d bytes: %w", t, v[1], len(value), ErrMalformed)
	}
	return nil
}

// disguise covers port and address of an attribute's value with the cookie and
// transaction ID of message raw, or uncovers them. It takes them from the bytes
// and not from pion.Message, since in RFC 3489 an ID of 16 bytes stands where
// now the cookie and 12 bytes are.
func disguise(v, raw []byte) {
	v[2] ^= raw[4]
	v[3] ^= raw[5]
	for i := range v[4:] {
		v[4+i] ^= raw[4+i]
	}
}
