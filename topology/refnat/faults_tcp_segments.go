package refnat

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// TCPSegmentFaults are in what becomes of the segments of a session. All break REQ-2 of
// RFC 5382, but for those that drop a RST.
type TCPSegmentFaults struct {
	// SYNDataDropped drops a SYN with data.
	SYNDataDropped bool `breaks:"rfc5382.req-2"`
	// SYNACKDataDropped drops a SYN-ACK with data.
	SYNACKDataDropped bool `breaks:"rfc5382.req-2"`
	// SYNAgainDropped drops a SYN that is sent again. Breaks REQ-2a as well.
	SYNAgainDropped bool `breaks:"rfc5382.req-2 rfc5382.req-2a" blinds:"practice.deterministic-tcp rfc5382.req-4-simopen rfc5508.req-4-relay"` //nolint:lll // a tag cannot be broken
	// SYNACKAgainDropped drops a SYN-ACK that is sent again.
	SYNACKAgainDropped bool `breaks:"rfc5382.req-2" blinds:"rfc5382.req-5-est rfc5382.req-5-trans"`
	// ECNRefused drops a SYN that offers ECN.
	ECNRefused bool `breaks:"rfc5382.req-2"`
	// SplitHandshakeRefused drops the acknowledgment that ends a handshake in which the
	// peer has answered a SYN with a bare SYN.
	SplitHandshakeRefused bool `breaks:"rfc5382.req-2a"`
	// HalfCloseCut drops short data to the side that has sent a FIN.
	HalfCloseCut bool `breaks:"rfc5382.req-2"`
	// FINDataDropped drops a FIN with data.
	FINDataDropped bool `breaks:"rfc5382.req-2" also:"practice.other-ways"`
	// GapsDropped drops segments that do not follow what has been seen.
	GapsDropped bool `breaks:"rfc5382.req-2" blinds:"practice.deterministic-tcp"`
	// RetransmissionsDropped drops data that has been seen.
	RetransmissionsDropped bool `breaks:"rfc5382.req-2" blinds:"rfc5382.req-5-est"`
	// KeepAlivesDropped drops segments that begin one byte before what comes next.
	KeepAlivesDropped bool `breaks:"rfc5382.req-2" blinds:"rfc5382.req-5 rfc5382.req-5-est"`
	// WindowProbesDropped drops data to a side whose window is closed.
	WindowProbesDropped bool `breaks:"rfc5382.req-2"`
	// WindowUnscaled drops data beyond the window that the other side has offered, in which
	// it does not see the scale.
	WindowUnscaled bool `breaks:"rfc5382.req-2"`
	// NumbersUnwrapped drops segments with a lower number than their side's SYN, as they are
	// once the numbers have wrapped around.
	NumbersUnwrapped bool `breaks:"rfc5382.req-2"`
	// NumbersSigned drops segments with a lower number than their side's SYN, in numbers
	// with a sign, as they are once these have passed the middle.
	NumbersSigned bool `breaks:"rfc5382.req-2"`
	// AccurateECNRefused drops a SYN that offers more accurate ECN.
	AccurateECNRefused bool `breaks:"rfc5382.req-2"`
	// SACKCutShort overwrites selective acknowledgments of more than one block with "no
	// operation".
	SACKCutShort bool `breaks:"rfc5382.req-2 wire.tcp-header"`
	// LargeSegmentsDropped drops packets of more than 1400 bytes.
	LargeSegmentsDropped bool `breaks:"rfc5382.req-2" also:"practice.other-ways"`
	// OptionsUnknownBlanked overwrites options that are not among the usual ones with
	// "no operation".
	OptionsUnknownBlanked bool `breaks:"rfc5382.req-2 wire.tcp-header"`
	// TimestampsBlanked overwrites timestamps with "no operation".
	TimestampsBlanked bool `breaks:"rfc5382.req-2 wire.tcp-header"`
	// SACKBlanked overwrites selective acknowledgments with "no operation".
	SACKBlanked bool `breaks:"rfc5382.req-2 wire.tcp-header"`
	// MSSClamped lowers the maximum segment size to 1360.
	MSSClamped bool `breaks:"rfc5382.req-2 wire.tcp-header"`
	// WindowScaleZeroed makes the window scale zero.
	WindowScaleZeroed bool `breaks:"rfc5382.req-2 wire.tcp-header"`
	// UrgentCleared clears the urgent pointer and its flag.
	UrgentCleared bool `breaks:"rfc5382.req-2 wire.tcp-header"`
	// SequenceShifted adds to the sequence numbers of the inside, and subtracts from what
	// acknowledges them, but for selective acknowledgments. Errors quote what it made.
	SequenceShifted bool `breaks:"rfc5382.req-2 rfc5508.req-3d rfc5508.req-4a rfc5508.req-5a wire.tcp-header" blinds:"rfc3022.ftp-alg"` //nolint:lll // a tag cannot be broken
	// SequenceShiftedOneWay adds to the sequence numbers of the inside, and leaves what
	// acknowledges them as it is.
	SequenceShiftedOneWay bool `breaks:"rfc5382.req-2 rfc5508.req-3d rfc5508.req-4a wire.tcp-header" blinds:"rfc3022.ftp-alg"` //nolint:lll // a tag cannot be broken
	// LastACKOnce drops the last acknowledgment of a session that both have finished, when
	// it is sent again. Breaks Section 5.
	LastACKOnce bool `breaks:"rfc5382.s5-timewait"`
	// ReuseRefused drops a SYN of a session that both have finished.
	ReuseRefused bool `breaks:"rfc5382.req-2" blinds:"rfc5382.req-5-est"`
	// RefusalsDropped drops a RST that answers a SYN.
	RefusalsDropped bool `breaks:"rfc5382.req-2"`
	// ResetInDropped drops a RST of an open session that comes from outside. Breaks RFC
	// 7857, Section 2.2.
	ResetInDropped bool `breaks:"rfc7857.s2.2-translate" blinds:"rfc7857.s2 rfc7857.s2.2-hold" also:"rfc5382.req-2"`
	// ResetOutDropped drops a RST of an open session that comes from inside. Breaks RFC
	// 7857, Section 2.2.
	ResetOutDropped bool `breaks:"rfc7857.s2.2-translate" blinds:"rfc5382.req-5-est rfc7857.s2 rfc7857.s2.2-hold rfc7857.s7.1 rfc6888.req-4" also:"practice.other-ways rfc5382.req-2"` //nolint:lll // a tag cannot be broken
}

// tcpMistakes are what the faults know of a session, by its sides.
type tcpMistakes struct {
	// next is what follows the latest segment, and window the latest that a side has
	// offered, once it has sent any.
	heard [2]bool
	next  [2]uint32
	// initial is the number of a side's SYN, and acknowledged the latest that a side expects.
	initial, acknowledged [2]uint32
	window                [2]uint16
	// called and answered: it has sent a SYN without, and with an acknowledgment.
	called, answered [2]bool
	// spoken: it has sent more than SYNs.
	spoken [2]bool
	// finished: it has acknowledged, without more, a session that both have finished.
	finished [2]bool
	// again: it has begun where another one had ended.
	again bool
	// urgent: there was urgent data. since is when it has begun.
	urgent bool
	since  time.Time
	// astray: the latest segment is a RST that no window allows for.
	astray bool
}

// farAway is more than any window of the specs.
const farAway = 1 << 20

// note is told of a segment that has passed.
func (w *tcpMistakes) note(from Side, p *packet.Packet, state tcpState) {
	ahead := int32(p.TCP.Seq - w.next[from])
	w.astray = w.heard[from] && p.TCP.Flags&packet.RST != 0 && (ahead > farAway || ahead < -farAway)
	if w.astray {
		return
	}
	end := p.TCP.Seq + length(p)
	if !w.heard[from] || int32(end-w.next[from]) > 0 {
		w.next[from] = end
	}
	w.heard[from], w.window[from] = true, p.TCP.Window
	if p.TCP.Flags&packet.ACK != 0 {
		w.acknowledged[from] = p.TCP.Ack
	}
	if p.TCP.Flags&packet.SYN != 0 {
		w.initial[from] = p.TCP.Seq
	} else if p.TCP.Flags&packet.RST == 0 {
		w.spoken[from] = true
	}
	switch p.TCP.Flags & (packet.SYN | packet.ACK) {
	case packet.SYN:
		w.called[from], w.finished = true, [2]bool{}
		w.again = w.again || state == tcpBothFIN
	case packet.SYN | packet.ACK:
		w.answered[from] = true
	}
	if state == tcpBothFIN && kindOf(p) == tcpData && len(p.Payload) == 0 {
		w.finished[from] = true
	}
}

// length returns how far a segment moves the sequence number on.
func length(p *packet.Packet) uint32 {
	n := uint32(len(p.Payload))
	if p.TCP.Flags&packet.SYN != 0 {
		n++
	}
	if p.TCP.Flags&packet.FIN != 0 {
		n++
	}
	return n
}

// looks reports whether a segment is dropped for what it is by itself.
func (f TCPSegmentFaults) looks(d *datagram) bool {
	const large = 1400
	switch flags := d.TCP.Flags; {
	case f.SYNACKDataDropped && flags&packet.SYN != 0 && flags&packet.ACK != 0 && len(d.Payload) > 0:
	case f.SYNDataDropped && flags&packet.SYN != 0 && len(d.Payload) > 0:
	case f.AccurateECNRefused && flags&packet.SYN != 0 && flags&packet.AE != 0:
	case f.ECNRefused && flags&packet.SYN != 0 && flags&(packet.ECE|packet.CWR) != 0:
	case f.FINDataDropped && flags&packet.FIN != 0 && len(d.Payload) > 0:
	case f.LargeSegmentsDropped && len(d.Data) > large:
	default:
		return false
	}
	return true
}

// follows reports whether a segment is dropped for what came before it in its session.
func (f TCPSegmentFaults) follows(d *datagram, s *tcpSession) bool {
	from, to := d.from, Outside-d.from
	kind, w := kindOf(&d.Packet), &s.wrong
	ahead := int32(d.TCP.Seq - w.next[from])
	data, known := len(d.Payload) > 0, w.heard[from] && kind != tcpSYN && kind != tcpRST
	open := s.state != tcpInsideInit && s.state != tcpOutsideInit
	closed := s.state == tcpInsideFIN && to == Inside || s.state == tcpOutsideFIN && to == Outside
	switch {
	case f.SYNAgainDropped && kind == tcpSYN && d.TCP.Flags&packet.ACK == 0 && w.called[from] && s.state != tcpBothFIN:
	case f.SYNACKAgainDropped && kind == tcpSYN && d.TCP.Flags&packet.ACK != 0 && w.answered[from]:
	case f.ReuseRefused && kind == tcpSYN && s.state == tcpBothFIN:
	case f.LastACKOnce && s.state == tcpBothFIN && kind == tcpData && w.finished[from]:
	case f.SplitHandshakeRefused && kind == tcpData && from == Outside &&
		w.called[Inside] && w.answered[Inside] && !w.answered[Outside]:
	case f.ResetInDropped && open && kind == tcpRST && from == Outside:
	case f.ResetOutDropped && open && kind == tcpRST && from == Inside:
	case f.RefusalsDropped && !open && kind == tcpRST:
	case f.HalfCloseCut && closed && data && len(d.Payload) < 20:
	case f.GapsDropped && known && ahead > 0:
	case f.RetransmissionsDropped && known && len(d.Payload) > 1 && ahead+int32(len(d.Payload)) <= 0:
	case f.KeepAlivesDropped && known && kind != tcpFIN && ahead == -1 && len(d.Payload) <= 1:
	case f.WindowUnscaled && data && w.heard[to] && open &&
		int32(d.TCP.Seq-w.acknowledged[to]) > int32(w.window[to]):
	case f.NumbersUnwrapped && known && d.TCP.Seq < w.initial[from]:
	case f.NumbersSigned && known && int32(d.TCP.Seq) < int32(w.initial[from]):
	case f.WindowProbesDropped && data && w.heard[to] && w.window[to] == 0:
	default:
		return false
	}
	return true
}

// The kinds of TCP options.
const (
	optionEnd, optionNone, optionMSS, optionScale  = 0, 1, 2, 3
	optionSACKPermitted, optionSACK, optionTimes   = 4, 5, 8
	oneBlock                                       = 10
	clampedMSS, shiftedBy, tcpFixed, urgentPointer = 1360, 100_000, 20, 18
)

// reshape does to a segment what a NAT must not.
func (f TCPSegmentFaults) reshape(d *datagram, e packet.Edit) {
	if d.Protocol != packet.TCP || d.TCP == nil || d.TCP.Cut || f == (TCPSegmentFaults{}) {
		return
	}
	const sequence, acknowledgment, offsetAndFlags = 4, 8, 12
	if options := f.options(d.TCP.Options); !bytes.Equal(options, d.TCP.Options) {
		e.SetSegment(tcpFixed, options)
	}
	if f.UrgentCleared && d.TCP.Flags&packet.URG != 0 {
		word := binary.BigEndian.Uint16(d.Segment[offsetAndFlags:]) &^ uint16(packet.URG)
		e.SetSegment(offsetAndFlags, binary.BigEndian.AppendUint16(nil, word))
		e.SetSegment(urgentPointer, []byte{0, 0})
	}
	switch shifts := f.SequenceShifted || f.SequenceShiftedOneWay; {
	case shifts && d.from == Inside:
		e.SetSegment(sequence, binary.BigEndian.AppendUint32(nil, d.TCP.Seq+shiftedBy))
	case f.SequenceShifted && d.TCP.Flags&packet.ACK != 0:
		e.SetSegment(acknowledgment, binary.BigEndian.AppendUint32(nil, d.TCP.Ack-shiftedBy))
	}
}

// options returns the options of a segment as the faults have them, of the same length.
func (f TCPSegmentFaults) options(sound []byte) []byte {
	options := bytes.Clone(sound)
	for i := 0; i < len(options) && options[i] != optionEnd; {
		if options[i] == optionNone {
			i++
			continue
		}
		if i+1 >= len(options) || options[i+1] < 2 || i+int(options[i+1]) > len(options) {
			break // they do not add up
		}
		one := options[i : i+int(options[i+1])]
		i += len(one)
		f.option(one)
	}
	return options
}

func (f TCPSegmentFaults) option(one []byte) {
	var blank bool
	switch one[0] {
	case optionMSS:
		if f.MSSClamped && len(one) == 4 && binary.BigEndian.Uint16(one[2:]) > clampedMSS {
			binary.BigEndian.PutUint16(one[2:], clampedMSS)
		}
	case optionScale:
		if f.WindowScaleZeroed && len(one) == 3 {
			one[2] = 0
		}
	case optionSACKPermitted:
	case optionSACK:
		blank = f.SACKBlanked || f.SACKCutShort && len(one) > oneBlock
	case optionTimes:
		blank = f.TimestampsBlanked
	default:
		blank = f.OptionsUnknownBlanked
	}
	if blank {
		copy(one, bytes.Repeat([]byte{optionNone}, len(one)))
	}
}
