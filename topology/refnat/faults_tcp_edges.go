package refnat

import (
	"slices"

	"github.com/natproof/natproof/topology/packet"
)

// TCPEdgeFaults are in what becomes of segments that are sound and rare. All break REQ-2 of
// RFC 5382.
type TCPEdgeFaults struct {
	// FastOpenDropped drops segments with the option of fast open.
	FastOpenDropped bool `breaks:"rfc5382.req-2"`
	// NumberZeroDropped drops data with the number zero.
	NumberZeroDropped bool `breaks:"rfc5382.req-2"`
	// FINStopsData drops data that comes after its side's FIN and lies before it.
	FINStopsData bool `breaks:"rfc5382.req-2"`
	// CrashUnnoticed drops a SYN with another number in an established session.
	CrashUnnoticed bool `breaks:"rfc5382.req-2"`
	// HandshakeResetDropped drops a RST of the side that has begun, and has sent nothing but
	// its SYN since.
	HandshakeResetDropped bool `breaks:"rfc5382.req-2" also:"practice.other-ways"`
	// ReuseAfterResetRefused drops a SYN of a session that was reset.
	ReuseAfterResetRefused bool `breaks:"rfc5382.req-2"`
	// LateResetDropped drops a RST of the side that has sent a FIN.
	LateResetDropped bool `breaks:"rfc5382.req-2"`
}

const optionFastOpen = 34

// rejects reports whether a segment of a session is dropped.
func (f TCPEdgeFaults) rejects(d *datagram, s *tcpSession) bool {
	from, kind, w := d.from, kindOf(&d.Packet), &s.wrong
	begins := kind == tcpSYN && d.TCP.Flags&packet.ACK == 0
	finished := s.state == tcpBothFIN || s.state == tcpInsideFIN && from == Inside ||
		s.state == tcpOutsideFIN && from == Outside
	switch {
	case f.NumberZeroDropped && kind == tcpData && len(d.Payload) > 0 && d.TCP.Seq == 0:
	case f.FINStopsData && finished && kind == tcpData && len(d.Payload) > 1 && int32(d.TCP.Seq-w.next[from]) < 0:
	case f.CrashUnnoticed && begins && s.state == tcpEstablished && w.called[from] && d.TCP.Seq != w.initial[from]:
	case f.HandshakeResetDropped && kind == tcpRST && w.called[from] && w.next[from] == w.initial[from]+1 &&
		!w.spoken[from] && s.state == tcpEstablished:
	case f.ReuseAfterResetRefused && begins && s.state == tcpTrans:
	case f.LateResetDropped && kind == tcpRST && finished:
	default:
		return false
	}
	return true
}

// offers reports whether a segment is dropped for its options.
func (f TCPEdgeFaults) offers(d *datagram) bool {
	return f.FastOpenDropped && slices.Contains(optionKinds(d.TCP.Options), optionFastOpen)
}

// optionKinds returns the kinds of options, up to one that does not add up.
func optionKinds(options []byte) (kinds []byte) {
	for i := 0; i < len(options) && options[i] != optionEnd; {
		kinds = append(kinds, options[i])
		switch {
		case options[i] == optionNone:
			i++
		case i+1 >= len(options) || options[i+1] < 2:
			return kinds
		default:
			i += int(options[i+1])
		}
	}
	return kinds
}
