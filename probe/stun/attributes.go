package stun

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	pion "github.com/pion/stun/v2"
)

// ErrMalformed is returned for bytes that are not a STUN message, and for an
// attribute that does not have the form its RFC gives it.
var ErrMalformed = errors.New("malformed")

// A ChangeRequest asks the server to answer from another address, another port,
// or both (RFC 5780, Section 7.2; RFC 3489, Section 11.2.4).
type ChangeRequest struct {
	IP, Port bool
}

const (
	changeIP   = 1 << 2
	changePort = 1 << 1
)

// AddTo adds CHANGE-REQUEST to m, with no flag set if c is zero.
func (c ChangeRequest) AddTo(m *pion.Message) error {
	var v [4]byte
	if c.IP {
		v[3] |= changeIP
	}
	if c.Port {
		v[3] |= changePort
	}
	m.Add(pion.AttrChangeRequest, v[:])
	return nil
}

// GetFrom reads CHANGE-REQUEST from m.
func (c *ChangeRequest) GetFrom(m *pion.Message) error {
	v, err := m.Get(pion.AttrChangeRequest)
	if err != nil {
		return err
	}
	if !c.read(v) {
		return fmt.Errorf("CHANGE-REQUEST of %d bytes: %w", len(v), ErrMalformed)
	}
	return nil
}

// read reads the attribute's value, and reports whether it has the right form.
func (c *ChangeRequest) read(v []byte) bool {
	if len(v) != 4 {
		return false
	}
	*c = ChangeRequest{IP: v[3]&changeIP != 0, Port: v[3]&changePort != 0}
	return true
}

// A ResponsePort asks the server to answer to another port of the client
// (RFC 5780, Section 7.5).
type ResponsePort uint16

// AddTo adds RESPONSE-PORT to m, 2 bytes wide as the RFC's text has it.
func (p ResponsePort) AddTo(m *pion.Message) error {
	m.Add(pion.AttrResponsePort, binary.BigEndian.AppendUint16(nil, uint16(p)))
	return nil
}

// GetFrom reads RESPONSE-PORT from m. The RFC gives it "16 bits followed by 2
// bytes of padding": some count the padding into the length and some do not, so
// both widths are read. The port comes first in both.
func (p *ResponsePort) GetFrom(m *pion.Message) error {
	v, err := m.Get(pion.AttrResponsePort)
	if err != nil {
		return err
	}
	if !p.read(v) {
		return fmt.Errorf("RESPONSE-PORT of %d bytes: %w", len(v), ErrMalformed)
	}
	return nil
}

// read reads the attribute's value, and reports whether it has the right form.
func (p *ResponsePort) read(v []byte) bool {
	if len(v) != 2 && len(v) != 4 {
		return false
	}
	*p = ResponsePort(binary.BigEndian.Uint16(v))
	return true
}

// A WideResponsePort is RESPONSE-PORT with its padding counted into the length,
// which is the only form that some servers read.
type WideResponsePort uint16

// AddTo adds RESPONSE-PORT to m, 4 bytes wide.
func (p WideResponsePort) AddTo(m *pion.Message) error {
	m.Add(pion.AttrResponsePort, binary.BigEndian.AppendUint32(nil, uint32(p)<<16))
	return nil
}

// Padding is the length of a PADDING attribute in bytes (RFC 5780, Section 7.6).
type Padding int

// AddTo adds PADDING to m.
func (p Padding) AddTo(m *pion.Message) error {
	// The header's length field has 16 bits.
	if p < 0 || int(m.Length)+4+int(p)+3 > 0xffff {
		return fmt.Errorf("PADDING of %d bytes: %w", int(p), ErrMalformed)
	}
	m.Add(pion.AttrPadding, make([]byte, p))
	return nil
}

// GetFrom reads the length of PADDING from m.
func (p *Padding) GetFrom(m *pion.Message) error {
	v, err := m.Get(pion.AttrPadding)
	*p = Padding(len(v))
	return err
}

// UnknownAttributes are the attributes that an error 420 complains about
// (RFC 8489, Section 14.9). The codec's own has them 4 bytes wide, while the RFC
// gives them 2.
type UnknownAttributes []pion.AttrType

// AddTo adds UNKNOWN-ATTRIBUTES to m.
func (u UnknownAttributes) AddTo(m *pion.Message) error {
	var room [2 * maxUnknown]byte
	v := room[:0]
	for _, t := range u {
		v = binary.BigEndian.AppendUint16(v, uint16(t))
	}
	m.Add(pion.AttrUnknownAttributes, v)
	return nil
}

// GetFrom reads UNKNOWN-ATTRIBUTES from m.
func (u *UnknownAttributes) GetFrom(m *pion.Message) error {
	v, err := m.Get(pion.AttrUnknownAttributes)
	if err != nil {
		return err
	}
	if len(v)%2 != 0 {
		return fmt.Errorf("UNKNOWN-ATTRIBUTES of %d bytes: %w", len(v), ErrMalformed)
	}
	*u = (*u)[:0]
	for ; len(v) > 0; v = v[2:] {
		*u = append(*u, pion.AttrType(binary.BigEndian.Uint16(v)))
	}
	return nil
}

// An Address is an attribute that holds one transport address. RFC 3489's SOURCE-ADDRESS and
// CHANGED-ADDRESS are RESPONSE-ORIGIN and OTHER-ADDRESS by other numbers, although RFC 5780,
// Section 7.4, says that they are the same.
type Address struct {
	Type pion.AttrType
	netip.AddrPort
}

// AddTo adds the attribute to m, whose transaction ID is set.
func (a Address) AddTo(m *pion.Message) error { return addAddress(m, a.Type, a.AddrPort) }

// GetFrom reads the attribute of that type from m, which was read by Parse or Decode.
func (a *Address) GetFrom(m *pion.Message) error { return getAddress(m, a.Type, &a.AddrPort) }
