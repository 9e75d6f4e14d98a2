package stun

import (
	"encoding/binary"
	"net/netip"

	pion "github.com/pion/stun/v2"
)

// software is what SOFTWARE says, where there is room for it.
const software = "natproof"

// A site is where a server is known to be in one address family.
type site struct {
	at [endpoints]netip.AddrPort
	// pair is whether the other address is there, so that requests to change
	// it can be fulfilled.
	pair bool
}

// A reply is the outcome of a request. Empty bytes mean silence.
type reply struct {
	event Event
	bytes []byte
	from  endpoint
	to    netip.AddrPort
}

// A responder writes answers. It keeps nothing from one answer to the next but
// room, so that no answer allocates.
type responder struct {
	out pion.Message
	req request
}

// answer returns the reply to a packet that came from src to endpoint at, and
// writes it into room.
func (r *responder) answer(packet, room []byte, src netip.AddrPort, at endpoint, s *site) reply {
	if src.Port() == 0 {
		return reply{event: Malformed}
	}
	out := reply{event: r.req.read(packet, s.pair), from: at, to: src}
	switch out.event {
	case BadRequest:
		r.begin(pion.BindingError, room)
		r.fail(pion.CodeBadRequest, "Bad Request")
	case Unknown:
		r.begin(pion.BindingError, room)
		r.fail(pion.CodeUnknownAttribute, "Unknown Attribute")
		r.name()
	case Answered:
		out.from ^= r.req.change
		if r.req.redirected {
			out.to = netip.AddrPortFrom(src.Addr(), uint16(r.req.responsePort))
		}
		r.begin(pion.BindingSuccess, room)
		r.succeed(src, s.at[out.from], s.at[at^otherAddr^otherPort], s.pair)
	default:
		return reply{event: out.event}
	}
	r.end()
	out.bytes = r.out.Raw
	return out
}

// begin writes the header of an answer.
func (r *responder) begin(t pion.MessageType, room []byte) {
	r.out.Reset()
	r.out.Raw = room[:0]
	r.out.Type = t
	r.out.WriteHeader()
	// Where a client of RFC 3489 has no cookie, it wants its own bytes back.
	copy(r.out.Raw[4:headerSize], r.req.id[:])
}

func (r *responder) classic() bool { return r.req.id.IsClassic() }

func (r *responder) succeed(src, origin, other netip.AddrPort, pair bool) {
	// Both fail only on an invalid address.
	_ = addAddress(&r.out, pion.AttrMappedAddress, src)
	if r.classic() {
		// RFC 3489 asks for these three, and knows neither of the others.
		_ = addAddress(&r.out, pion.AttrSourceAddress, origin)
		if pair {
			_ = addAddress(&r.out, pion.AttrChangedAddress, other)
		}
		return
	}
	_ = addAddress(&r.out, pion.AttrXORMappedAddress, src)
	_ = addAddress(&r.out, pion.AttrResponseOrigin, origin)
	if pair {
		_ = addAddress(&r.out, pion.AttrOtherAddress, other)
	}
}

func (r *responder) fail(code pion.ErrorCode, reason string) {
	var v [4 + 32]byte
	v[2], v[3] = byte(code/100), byte(code%100)
	n := copy(v[4:], reason)
	// RFC 3489 knows no padding of attributes: its Section 11.2.9 has the phrase
	// itself be a multiple of 4 bytes.
	for ; r.classic() && n%4 != 0; n++ {
		v[4+n] = ' '
	}
	r.out.Add(pion.AttrErrorCode, v[:4+n])
}

// name lists the attributes that were not known.
func (r *responder) name() {
	types := r.req.unknownTypes[:r.req.unknown]
	var v [2*maxUnknown + 2]byte
	n := 0
	for _, t := range types {
		binary.BigEndian.PutUint16(v[n:], uint16(t))
		n += 2
	}
	// RFC 3489, Section 11.2.10, has one named twice rather than padding.
	if r.classic() && n%4 != 0 {
		n += copy(v[n:], v[n-2:n])
	}
	r.out.Add(pion.AttrUnknownAttributes, v[:n])
}

// end adds the optional attributes that a request makes room for, and then the
// last one.
func (r *responder) end() {
	tail := 0
	if r.req.fingerprint {
		tail = 8
	}
	if r.room(tail) >= len(software) && !r.classic() {
		var v [len(software)]byte
		copy(v[:], software)
		r.out.Add(pion.AttrSoftware, v[:])
	}
	if r.req.padded && r.out.Type == pion.BindingSuccess {
		r.pad(max(0, min(int(r.req.padding), r.room(tail))) &^ 3)
	}
	if r.req.fingerprint {
		_ = pion.Fingerprint.AddTo(&r.out) // it never fails
	}
}

// room is how long the value of one more attribute can be, if the answer is not
// to become longer than the request.
func (r *responder) room(tail int) int { return r.req.size - len(r.out.Raw) - 4 - tail }

// pad adds PADDING. So that fragments are answered with fragments, the RFC has
// the server pad to the MTU; padding to the size of the request does the same
// and makes nothing larger.
func (r *responder) pad(n int) { r.out.Add(pion.AttrPadding, zeros[:n]) }

var zeros [maxPacket]byte
