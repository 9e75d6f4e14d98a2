package stun

import (
	"encoding/binary"

	pion "github.com/pion/stun/v2"
)

// A request is the content of a Binding request that matters to a reflector.
type request struct {
	id           TransactionID
	size         int
	change       endpoint // the bits of the endpoint to flip
	changes      bool     // CHANGE-REQUEST is there, perhaps with no flag set
	padding      Padding
	padded       bool
	responsePort ResponsePort
	redirected   bool // RESPONSE-PORT is there
	fingerprint  bool
	signed       bool // MESSAGE-INTEGRITY is there
	bad          bool // an attribute does not have the form its RFC gives it
	unknown      int  // how many attributes the server ought to know but does not
	unknownTypes [maxUnknown]pion.AttrType
}

// read reads a request to a server with a pair of addresses or with one, and
// returns its verdict: Answered, BadRequest or Unknown; any other event means
// silence. It reads the bytes itself and only once, since packets of strangers
// must not cost more than their length: the codec allocates for malformed ones,
// and looks through all attributes for each that it is asked for.
func (r *request) read(packet []byte, pair bool) Event {
	if !plausible(packet) {
		return Malformed
	}
	if binary.BigEndian.Uint16(packet) != bindingRequest {
		return Ignored
	}
	*r = request{id: TransactionID(packet[4:headerSize]), size: len(packet)}
	rest := packet[headerSize:]
	for n := 0; len(rest) > 0; n++ {
		t, value, after, ok := cutAttribute(rest)
		if !ok || n == maxAttributes {
			return Malformed
		}
		rest = after
		if t == pion.AttrFingerprint {
			if len(rest) > 0 || !checkFingerprint(packet, value) {
				return Malformed
			}
			r.fingerprint = true
		} else if !r.signed {
			// What follows MESSAGE-INTEGRITY is not covered by it, so it counts
			// for nothing (RFC 8489, Section 14.5).
			r.take(t, value)
		}
	}
	// A server with one address does not know CHANGE-REQUEST at all (RFC 5780,
	// Section 6.1). RFC 3489 has one in every request, though, and its clients that
	// ask for no change want their mapping.
	if r.changes && !pair && (r.change != 0 || !r.id.IsClassic()) {
		r.note(pion.AttrChangeRequest)
	}
	switch {
	// RFC 5780, Section 7.5, forbids the two together. Port 0 is nobody's.
	case r.bad, r.redirected && (r.padded || r.responsePort == 0):
		return BadRequest
	case r.unknown > 0:
		return Unknown
	}
	return Answered
}

// take reads one attribute. Of several of a type the first counts (RFC 8489,
// Section 14).
func (r *request) take(t pion.AttrType, value []byte) {
	switch t {
	case pion.AttrChangeRequest:
		if !r.changes {
			var c ChangeRequest
			r.bad = !c.read(value) || r.bad
			r.changes, r.change = true, endpointBits(c)
		}
	case pion.AttrResponsePort:
		if !r.redirected {
			r.bad = !r.responsePort.read(value) || r.bad
			r.redirected = true
		}
	case pion.AttrPadding:
		if !r.padded {
			r.padded, r.padding = true, Padding(len(value))
		}
	case pion.AttrMessageIntegrity, pion.AttrMessageIntegritySHA256:
		r.signed = true
	case pion.AttrUsername, pion.AttrRealm, pion.AttrNonce, pion.AttrUserhash, pion.AttrPasswordAlgorithm:
		// The server asks for no credentials, and serves clients that offer some.
	case pion.AttrMappedAddress, pion.AttrSourceAddress, pion.AttrChangedAddress, pion.AttrErrorCode,
		pion.AttrUnknownAttributes, pion.AttrXORMappedAddress:
		// These belong in answers. Attributes that are known but not expected are
		// ignored (RFC 8489, Section 6.3).
	default:
		r.note(t)
	}
}

// note remembers an attribute that is not known, if the server ought to know it.
func (r *request) note(t pion.AttrType) {
	if t.Optional() {
		return
	}
	if r.unknown < maxUnknown {
		r.unknownTypes[r.unknown] = t
		r.unknown++
	}
}

// An endpoint is one of the four that RFC 5780 gives a server for each address
// family: bit 1 tells the addresses apart, bit 0 the ports.
type endpoint uint8

const (
	otherPort endpoint = 1 << 0
	otherAddr endpoint = 1 << 1
	endpoints          = 4
)

func endpointBits(c ChangeRequest) endpoint {
	var e endpoint
	if c.IP {
		e |= otherAddr
	}
	if c.Port {
		e |= otherPort
	}
	return e
}
