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

// These attributes each hold one transport address.
type (
	// MappedAddress is the client as the server saw it, in clear, so that an
	// application layer gateway in the path may have rewritten it.
	MappedAddress struct{ netip.AddrPort }
	// XORMappedAddress is the client as the server saw it, disguised by the
	// transaction ID (RFC 8489, Section 14.2).
	XORMappedAddress struct{ netip.AddrPort }
	// OtherAddress is where an answer would come from if both the address and
	// the port were changed (RFC 5780, Section 7.4).
	OtherAddress struct{ netip.AddrPort }
	// ResponseOrigin is where the answer was sent from (RFC 5780, Section 7.3).
	ResponseOrigin struct{ netip.AddrPort }
	// SourceAddress is RFC 3489's name for RESPONSE-ORIGIN.
	SourceAddress struct{ netip.AddrPort }
	// ChangedAddress is RFC 3489's name for OTHER-ADDRESS. Their attribute numbers
	// differ, although RFC 5780, Section 7.4, says otherwise.
	ChangedAddress struct{ netip.AddrPort }
)

// AddTo adds MAPPED-ADDRESS to m.
func (a MappedAddress) AddTo(m *pion.Message) error {
	return addAddress(m, pion.AttrMappedAddress, a.AddrPort)
}

// AddTo adds XOR-MAPPED-ADDRESS to m, whose transaction ID is set.
func (a XORMappedAddress) AddTo(m *pion.Message) error {
	return addAddress(m, pion.AttrXORMappedAddress, a.AddrPort)
}

// AddTo adds OTHER-ADDRESS to m.
func (a OtherAddress) AddTo(m *pion.Message) error {
	return addAddress(m, pion.AttrOtherAddress, a.AddrPort)
}

// AddTo adds RESPONSE-ORIGIN to m.
func (a ResponseOrigin) AddTo(m *pion.Message) error {
	return addAddress(m, pion.AttrResponseOrigin, a.AddrPort)
}

// AddTo adds SOURCE-ADDRESS to m.
func (a SourceAddress) AddTo(m *pion.Message) error {
	return addAddress(m, pion.AttrSourceAddress, a.AddrPort)
}

// AddTo adds CHANGED-ADDRESS to m.
func (a ChangedAddress) AddTo(m *pion.Message) error {
	return addAddress(m, pion.AttrChangedAddress, a.AddrPort)
}

// GetFrom reads MAPPED-ADDRESS from m.
func (a *MappedAddress) GetFrom(m *pion.Message) error {
	return getAddress(m, pion.AttrMappedAddress, &a.AddrPort)
}

// GetFrom reads XOR-MAPPED-ADDRESS from m, which was read by Parse or Decode.
func (a *XORMappedAddress) GetFrom(m *pion.Message) error {
	return getAddress(m, pion.AttrXORMappedAddress, &a.AddrPort)
}

// GetFrom reads OTHER-ADDRESS from m.
func (a *OtherAddress) GetFrom(m *pion.Message) error {
	return getAddress(m, pion.AttrOtherAddress, &a.AddrPort)
}

// GetFrom reads RESPONSE-ORIGIN from m.
func (a *ResponseOrigin) GetFrom(m *pion.Message) error {
	return getAddress(m, pion.AttrResponseOrigin, &a.AddrPort)
}

// GetFrom reads SOURCE-ADDRESS from m.
func (a *SourceAddress) GetFrom(m *pion.Message) error {
	return getAddress(m, pion.AttrSourceAddress, &a.AddrPort)
}

// GetFrom reads CHANGED-ADDRESS from m.
func (a *ChangedAddress) GetFrom(m *pion.Message) error {
	return getAddress(m, pion.AttrChangedAddress, &a.AddrPort)
}
