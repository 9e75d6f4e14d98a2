package stun

import (
	"errors"

	pion "github.com/pion/stun/v2"
)

// A request is what a reflector wants to know of a Binding request.
type request struct {
	size         int
	change       endpoint // the bits of the endpoint to flip
	changes      bool     // CHANGE-REQUEST is there, perhaps with no flag set
	padding      Padding
	padded       bool
	responsePort ResponsePort
	redirected   bool // RESPONSE-PORT is there
	fingerprint  bool
	unknown      int // how many attributes the server ought to know but does not
	unknownTypes [maxUnknown]pion.AttrType
}

// errIgnored is what a server has nothing to say about: an answer, an
// indication, another method.
var errIgnored = errors.New("not a Binding request")

// read reads a request from what Decode left in m. An error that wraps
// ErrMalformed deserves an error 400; the rest silence.
func (r *request) read(m *pion.Message) error {
	if m.Type != pion.BindingRequest {
		return errIgnored
	}
	*r = request{size: len(m.Raw)}
	var bad error
	signed := false
	for _, a := range m.Attributes {
		// What follows MESSAGE-INTEGRITY is not covered by it, so it counts for
		// nothing, FINGERPRINT excepted (RFC 8489, Section 14.5).
		if signed && a.Type != pion.AttrFingerprint {
			continue
		}
		var err error
		switch a.Type {
		case pion.AttrChangeRequest:
			var c ChangeRequest
			err = c.GetFrom(m)
			r.changes, r.change = true, endpointBits(c)
		case pion.AttrResponsePort:
			err = r.responsePort.GetFrom(m)
			r.redirected = true
		case pion.AttrPadding:
			r.padded, r.padding = true, Padding(len(a.Value))
		case pion.AttrFingerprint:
			r.fingerprint = true
		case pion.AttrMessageIntegrity, pion.AttrMessageIntegritySHA256:
			signed = true
		case pion.AttrUsername, pion.AttrRealm, pion.AttrNonce, pion.AttrUserhash, pion.AttrPasswordAlgorithm:
			// Nobody is asked for credentials, and who offers some is served.
		default:
			r.note(a.Type)
		}
		if err != nil {
			bad = err
		}
	}
	// RFC 5780, Section 7.5, forbids the two together. Port 0 is nobody's.
	if r.redirected && (r.padded || r.responsePort == 0) {
		bad = ErrMalformed
	}
	return bad
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
