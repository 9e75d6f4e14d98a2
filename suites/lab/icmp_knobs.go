package lab

import (
	"encoding/binary"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology/packet"
)

// Damaged makes the checksum of the error itself wrong. It is heard with a wrong
// checksum as well.
func (e *ICMPError) Damaged() *ICMPError {
	e.damaged = true
	return e
}

// TTL sets the error's TTL.
func (e *ICMPError) TTL(ttl uint8) *ICMPError {
	e.ttl = ttl
	return e
}

// ID sets the ID of the error's IP header, which other errors may have as well.
func (e *ICMPError) ID(id uint16) *ICMPError {
	e.id = id
	return e
}

// QuotingTTL gives the quoted packet another TTL: routers differ in when they count it down.
func (e *ICMPError) QuotingTTL(ttl uint8) *ICMPError {
	const at, checksum, header = 8, 10, 20
	e.quoted = append([]byte{}, e.quoted...)
	e.quoted[at] = ttl
	packet.Seal(e.quoted[:header], checksum)
	return e
}

// Class sets the error's DSCP and ECN.
func (e *ICMPError) Class(class uint8) *ICMPError {
	e.class = class
	return e
}

// Options gives the error itself IP options, a multiple of 4 bytes.
func (e *ICMPError) Options(options ...byte) *ICMPError {
	e.options = options
	return e
}

// DontFragment sets the error's flag against fragments.
func (e *ICMPError) DontFragment() *ICMPError {
	e.whole = true
	return e
}

// AboutFragment has the quoted packet be the first fragment of a datagram, as it is on a
// path with a narrow link.
func (e *ICMPError) AboutFragment() *ICMPError {
	const flags, more, checksum, header = 6, 0x20, 10, 20
	e.quoted = append([]byte{}, e.quoted...)
	e.quoted[flags] |= more
	packet.Seal(e.quoted[:header], checksum)
	return e
}

// Anyhow has the error heard whatever type and code it arrives with, and whatever has
// become of what it quotes.
func (e *ICMPError) Anyhow() *ICMPError {
	e.anyhow = true
	return e
}

// WithWrongHeader damages the IP header checksum of the quoted packet, with which no
// router and no host would have taken it.
func (e *ICMPError) WithWrongHeader() *ICMPError {
	e.quoted = append([]byte{}, e.quoted...)
	e.quoted[headerChecksumAt] ^= 0x55
	return e
}

// FromPort has the quoted packet come from another port, or with another identifier.
func (e *ICMPError) FromPort(port uint16) *ICMPError {
	edit := e.quote.Edit()
	edit.SetSourcePort(port)
	e.quoted = edit.Data()
	return e
}

// What RFC 4884 has of an error with extensions.
const (
	quoteWithExtensions = 128 // bytes that the quote fills at least, with zeros if need be
	quoteLengthAt       = 16  // the bit of the second word from which on its length stands, in words
)

// QuoteLength is the second word of an error with an extension.
const QuoteLength = quoteWithExtensions / 4 << quoteLengthAt

// labelStack is an extension structure with one object, the stack of a single MPLS label
// (RFC 4884, Section 7, and RFC 4950).
func labelStack() []byte {
	s := []byte{2 << 4, 0, 0, 0, 0, 8, 1, 1, 0x03, 0xe8, 0x01, 0xff}
	packet.Seal(s, 2)
	return s
}

// WithExtensions fills the quote up with zeros and appends an extension, as a router does
// that has something more to tell.
func (e *ICMPError) WithExtensions() *ICMPError {
	e.quoted = append([]byte{}, e.quoted[:min(len(e.quoted), quoteWithExtensions)]...)
	for len(e.quoted) < quoteWithExtensions {
		e.quoted = append(e.quoted, 0)
	}
	e.word |= uint32(len(e.quoted)/4) << quoteLengthAt
	e.quoted = append(e.quoted, labelStack()...)
	return e
}

// Behind is what an error that was heard has behind the packet that it quotes, from the
// place on where extensions begin, in hexadecimal digits.
func (h Heard) Behind() string {
	if h.Arrival == nil || h.Arrival.Quote() == nil {
		return ""
	}
	const header = 8
	quoted := h.Arrival.Segment[header:]
	return hexOf(quoted[min(len(quoted), quoteWithExtensions):])
}

// LabelStack is what WithExtensions appends, in hexadecimal digits.
func LabelStack() string { return hexOf(labelStack()) }

// Unsent is a packet of the flow's internal endpoint as the external one would see it,
// without sending any: what an error may be about.
func (f *Flow) Unsent() Arrival {
	ginkgo.GinkgoHelper()
	sent := f.X.To(f.Y.Addr()).Unsent()
	edit := sent.Edit()
	edit.SetSource(f.Mapping)
	return parse(edit.Data(), sent.Time)
}

// sum damages the checksum of a message, if that is asked for.
func (e *ICMPError) sum(message []byte) []byte {
	const checksum = 2
	if e.damaged {
		binary.BigEndian.PutUint16(message[checksum:], binary.BigEndian.Uint16(message[checksum:])^0x55)
	}
	return message
}
