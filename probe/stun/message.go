package stun

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	pion "github.com/pion/stun/v2"
)

const (
	headerSize = 20
	cookie     = 0x2112A442

	bindingRequest = 0x0001
)

// A TransactionID tells which request an answer is for: the 12 bytes of
// RFC 8489 after the magic cookie, or the 16 of RFC 3489.
type TransactionID [16]byte

// IDOf returns the transaction ID of m, whose header has been written or read.
func IDOf(m *pion.Message) TransactionID { return TransactionID(m.Raw[4:headerSize]) }

// IsClassic reports whether the ID belongs to a message in the form of RFC 3489,
// without the magic cookie.
func (id TransactionID) IsClassic() bool { return binary.BigEndian.Uint32(id[:]) != cookie }

// Classic makes a request one of RFC 3489, whose ID has no magic cookie. It comes
// before all attributes.
type Classic struct{}

// AddTo puts random bytes where the magic cookie was.
func (Classic) AddTo(m *pion.Message) error {
	// The first byte is not the cookie's, so that chance makes no cookie.
	m.Raw[4] = 0xC3
	_, err := rand.Read(m.Raw[5:8])
	return err
}

// NewBindingRequest returns a Binding request with a random transaction ID and
// the attributes of the setters, in their order. FINGERPRINT, which is
// pion.Fingerprint, comes last.
func NewBindingRequest(setters ...pion.Setter) (*pion.Message, error) {
	m := pion.New()
	if err := m.Build(pion.TransactionID, pion.BindingRequest); err != nil {
		return nil, fmt.Errorf("stun: making a request: %w", err)
	}
	for _, s := range setters {
		if err := s.AddTo(m); err != nil {
			return nil, fmt.Errorf("stun: making a request: %w", err)
		}
	}
	return m, nil
}

// Decode reads packet into m, with or without the magic cookie. It refuses bytes
// that are not exactly one message, and a message whose FINGERPRINT is wrong or
// not its last attribute (RFC 8489, Section 14.7). The message refers to the
// packet's bytes, which must stay as they are while m is used.
func Decode(m *pion.Message, packet []byte) error {
	if !plausible(packet) {
		return ErrMalformed
	}
	// The codec insists on the cookie, so it is lent one.
	id := [4]byte(packet[4:])
	binary.BigEndian.PutUint32(packet[4:], cookie)
	m.Raw = packet
	err := m.Decode()
	copy(packet[4:], id[:])
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	for i, a := range m.Attributes {
		if a.Type == pion.AttrFingerprint && (i < len(m.Attributes)-1 || !checkFingerprint(packet, a.Value)) {
			return fmt.Errorf("%w: FINGERPRINT is wrong or not the last attribute", ErrMalformed)
		}
	}
	return nil
}

// plausible reports whether a packet is one STUN message by its header.
func plausible(packet []byte) bool {
	return len(packet) >= headerSize && len(packet)%4 == 0 && packet[0] < 0x40 &&
		int(binary.BigEndian.Uint16(packet[2:])) == len(packet)-headerSize
}

// cutAttribute cuts the first attribute from the bytes after a header. It
// returns the type as it came (the codec takes 0x8020 for 0x0020), the value and
// the remaining bytes. It reports false if the attribute is not complete.
func cutAttribute(b []byte) (t pion.AttrType, value, after []byte, ok bool) {
	const header = 4
	if len(b) < header {
		return 0, nil, nil, false
	}
	size := int(binary.BigEndian.Uint16(b[2:]))
	end := header + (size+3)&^3 // it is padded to a multiple of 4
	if end > len(b) {
		return 0, nil, nil, false
	}
	return pion.AttrType(binary.BigEndian.Uint16(b)), b[header : header+size], b[end:], true
}

// checkFingerprint reports whether value is that of the FINGERPRINT at the end of
// packet.
func checkFingerprint(packet, value []byte) bool {
	return len(value) == 4 && binary.BigEndian.Uint32(value) == pion.FingerprintValue(packet[:len(packet)-8])
}

// A Response is the content of an answer to a Binding request. Absent addresses
// are the zero AddrPort.
type Response struct {
	ID        TransactionID
	Mapped    netip.AddrPort // MAPPED-ADDRESS
	XORMapped netip.AddrPort // XOR-MAPPED-ADDRESS
	Origin    netip.AddrPort // RESPONSE-ORIGIN, or SOURCE-ADDRESS of RFC 3489
	Other     netip.AddrPort // OTHER-ADDRESS, or CHANGED-ADDRESS of RFC 3489
	Software  string
	Padding   int             // length of PADDING in bytes, -1 without one
	Code      int             // of an error, 0 for a success
	Reason    string          // of an error
	Unknown   []pion.AttrType // what an error 420 complains about
}

// Parse reads the answer to a Binding request. One malformed attribute makes the
// whole answer malformed, with an error that wraps ErrMalformed.
func Parse(packet []byte) (Response, error) {
	m := new(pion.Message)
	// Decode borrows the bytes, which here are not ours to change.
	if err := Decode(m, append([]byte(nil), packet...)); err != nil {
		return Response{}, fmt.Errorf("stun: reading an answer: %w", err)
	}
	if m.Type != pion.BindingSuccess && m.Type != pion.BindingError {
		return Response{}, fmt.Errorf("stun: reading an answer: %w: message type %#04x", ErrMalformed, m.Type.Value())
	}
	r := Response{ID: IDOf(m), Padding: -1}
	var (
		soft pion.Software
		pad  Padding
		code pion.ErrorCodeAttribute
	)
	err := errors.Join(
		optional(getAddress(m, pion.AttrMappedAddress, &r.Mapped)),
		optional(getAddress(m, pion.AttrXORMappedAddress, &r.XORMapped)),
		either(m, pion.AttrResponseOrigin, pion.AttrSourceAddress, &r.Origin),
		either(m, pion.AttrOtherAddress, pion.AttrChangedAddress, &r.Other),
		optional(soft.GetFrom(m)),
		optional((*UnknownAttributes)(&r.Unknown).GetFrom(m)),
	)
	if m.Type == pion.BindingError {
		err = errors.Join(err, code.GetFrom(m))
		r.Code, r.Reason = int(code.Code), string(code.Reason)
	}
	if pad.GetFrom(m) == nil {
		r.Padding = int(pad)
	}
	if err != nil {
		return Response{}, fmt.Errorf("stun: reading an answer: %w: %w", ErrMalformed, err)
	}
	r.Software = string(soft)
	return r, nil
}

// either reads an address from the attribute that has it, the newer name first.
func either(m *pion.Message, t, old pion.AttrType, a *netip.AddrPort) error {
	if m.Contains(t) {
		return getAddress(m, t, a)
	}
	return optional(getAddress(m, old, a))
}

func optional(err error) error {
	if errors.Is(err, pion.ErrAttributeNotFound) {
		return nil
	}
	return err
}
