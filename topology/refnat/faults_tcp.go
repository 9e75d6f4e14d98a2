package refnat

import (
	"cmp"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// TCPFaults are in the states of TCP sessions and their timers. Each breaks the clause of
// RFC 5382, Section 5 or RFC 7857, Section 2 that its tag names.
type TCPFaults struct {
	// ShortEstablished ends an established session after an hour, unless a timer is set.
	ShortEstablished bool `breaks:"rfc5382.req-5-est" blinds:"rfc5382.req-5"`
	// HalfClosedShort ends a session with one FIN after an hour.
	HalfClosedShort bool `breaks:"rfc5382.req-5-est"`
	// HalfClosedTransitory takes a session with one FIN for one that closes, where the
	// closing timer is set.
	HalfClosedTransitory bool `breaks:"rfc7857.s2"`
	// LateUnheeded restarts no timer when the session has been idle for an hour.
	LateUnheeded bool `breaks:"rfc5382.req-5"`
	// ShortOpening ends a session after 30 s that is not established, unless a timer is set.
	ShortOpening bool `breaks:"rfc5382.req-5-trans"`
	// HandshakeShort ends a session after 30 s in which the last ACK of the handshake is to
	// come.
	HandshakeShort bool `breaks:"rfc5382.req-5-trans"`
	// ShortClosing ends a session after 10 s that both ends have finished, unless a timer is
	// set.
	ShortClosing bool `breaks:"rfc5382.req-5-trans" blinds:"rfc5382.req-7"`
	// SecondFINEnds ends a session with the second FIN, so that the acknowledgment does
	// not get through.
	SecondFINEnds bool `breaks:"rfc5382.req-2 rfc5382.req-5-trans rfc5382.req-5a rfc7857.s2.1-separate" blinds:"rfc5382.req-5-est rfc5382.s5-timewait rfc7857.s2 rfc5382.req-7"` //nolint:lll // a tag cannot be broken
	// TCPTimersFixed keeps to the default timers whatever is configured.
	TCPTimersFixed bool `breaks:"rfc5382.req-5a rfc7857.s2.1-less" blinds:"rfc5382.s5-abandon rfc6888.req-4 rfc6888.req-5 rfc7857.s2.1-separate rfc7857.s7-tcp rfc7857.s7.1"` //nolint:lll // a tag cannot be broken
	// OpeningCapped takes four minutes for the most that may be set for a session that
	// opens.
	OpeningCapped bool `breaks:"rfc5382.req-5a"`
	// EstablishedFixed keeps to the default timer of established sessions, unless the others
	// are set as well.
	EstablishedFixed bool `breaks:"rfc5382.req-5a" blinds:"rfc5382.s5-abandon rfc7857.s7.1"`
	// ClosingCapped takes four minutes for the most that may be set for a session that
	// closes.
	ClosingCapped bool `breaks:"rfc5382.req-5a"`
	// OpeningFloored takes four minutes for the least that may be set for a session that
	// opens.
	OpeningFloored bool `breaks:"rfc7857.s2.1-less" blinds:"rfc7857.s2.1-separate rfc7857.s7-tcp rfc6888.req-4"`
	// ClosingAsOpening has one timer for opening and closing where both are set.
	ClosingAsOpening bool `breaks:"rfc7857.s2.1-separate"`
	// LoneSYNEstablishes takes a session for established that one side has begun.
	LoneSYNEstablishes bool `breaks:"rfc5382.req-5a rfc7857.s2 rfc7857.s2.1-less" blinds:"rfc7857.s2.1-separate rfc7857.s7-tcp rfc6888.req-4"` //nolint:lll // a tag cannot be broken
	// OpeningLingers keeps a session for 30 s more that one side has begun, where all three
	// timers are set.
	OpeningLingers bool `breaks:"rfc7857.s2"`
	// ClosingLingers keeps a session for 30 s more that both have finished, where all three
	// timers are set.
	ClosingLingers bool `breaks:"rfc7857.s2"`
	// EstablishedForgotten has the transitory timer from the handshake on, where all three
	// timers are set.
	EstablishedForgotten bool `breaks:"rfc7857.s2"`
	// ResetUnheeded takes no RST for the end of a session.
	ResetUnheeded bool `breaks:"rfc7857.s2" blinds:"rfc6888.req-4"`
	// ResetFinal leaves a session transitory that goes on after a RST.
	ResetFinal bool `breaks:"rfc7857.s2"`
	// ResetEnds ends a session with a RST, so that nothing can go on after it.
	ResetEnds bool `breaks:"rfc7857.s2.2-hold" blinds:"rfc7857.s2"`
	// ResetHeldBriefly ends a session 30 s after a RST.
	ResetHeldBriefly bool `breaks:"rfc7857.s2.2-hold"`
	// AstrayResetEnds ends a session with a RST whose number is far from any that is due.
	AstrayResetEnds bool `breaks:"rfc7857.s2.2-hold"`
	// PickedUpElsewhere sends data of a session that is over from a port of its own.
	PickedUpElsewhere bool `breaks:"rfc5382.s5-abandon"`
	// RefusalsRefresh takes a RST from inside that answers what came in for a sign of life.
	// Breaks RFC 7857, Section 7.1.
	RefusalsRefresh bool `breaks:"rfc7857.s7.1"`
}

// RefreshFaults restart a mapping's timer for what is no sign of life, or change it
// otherwise. Each breaks the clause that its tag names, such as of RFC 7857, Section 7.
type RefreshFaults struct {
	// RejectedRefresh filters by address, and restarts the timer for what the filter does
	// not let in.
	RejectedRefresh bool `breaks:"rfc7857.s7" also:"rfc6888.req-7" tcp:"rfc7857.s7-tcp" tcpalso:"rfc6888.req-7"`
	// ErrorsRefresh restarts a mapping's timer for an ICMP error from inside.
	ErrorsRefresh bool `breaks:"rfc7857.s7.1" touches:"udp tcp icmp" tcp:"rfc7857.s7.1" query:"rfc5508.req-6"`
	// ErrorsTakeTime has a connection end 80 s earlier for an ICMP error about it.
	ErrorsTakeTime bool `breaks:"rfc5382.req-10" also:"rfc5382.req-5-est" touches:"tcp"`
	// ErrorsAdmit filters by address, and lets in who has sent an ICMP error about a mapping.
	ErrorsAdmit bool `breaks:"rfc4787.req-11" also:"rfc6888.req-7" touches:"udp"`
}

// What the faults of TCP's timers give.
const (
	shortTCPEstablished = time.Hour
	shortTCPOpening     = 30 * time.Second
	shortTCPClosing     = 10 * time.Second
	shortTCPHandshake   = 30 * time.Second
	lingering           = 30 * time.Second
	takenTime           = 80 * time.Second
	shortResetHold      = 30 * time.Second
	unheededAfter       = time.Hour
)

// tcpTimers returns b complete, with the timers that the faults give.
func (f TCPFaults) tcpTimers(b Behaviour) Behaviour {
	if f.TCPTimersFixed {
		b.TCPEstablished, b.TCPOpening, b.TCPClosing = 0, 0, 0
	}
	b = f.setTimers(b)
	own := func(short bool, instead, sound time.Duration) time.Duration {
		if short {
			return instead
		}
		return sound
	}
	b.TCPEstablished = cmp.Or(b.TCPEstablished, own(f.ShortEstablished, shortTCPEstablished, defaultTCPEstablished))
	b.TCPOpening = cmp.Or(b.TCPOpening, own(f.ShortOpening, shortTCPOpening, defaultTCPTransitory))
	b.TCPClosing = cmp.Or(b.TCPClosing, defaultTCPTransitory)
	return b
}

// setTimers spoils those timers that are set.
func (f TCPFaults) setTimers(b Behaviour) Behaviour {
	opening, closing := b.TCPOpening != 0, b.TCPClosing != 0
	all := opening && closing && b.TCPEstablished != 0
	if f.OpeningCapped && opening {
		b.TCPOpening = min(b.TCPOpening, defaultTCPTransitory)
	}
	if f.OpeningFloored && opening {
		b.TCPOpening = max(b.TCPOpening, defaultTCPTransitory)
	}
	if f.ClosingCapped && closing {
		b.TCPClosing = min(b.TCPClosing, defaultTCPTransitory)
	}
	if f.ClosingAsOpening && opening && closing {
		b.TCPClosing = b.TCPOpening
	}
	if f.EstablishedFixed && !all {
		b.TCPEstablished = 0
	}
	if !all {
		return b
	}
	if f.OpeningLingers {
		b.TCPOpening += lingering
	}
	if f.ClosingLingers {
		b.TCPClosing += lingering
	}
	if f.EstablishedForgotten {
		b.TCPEstablished = b.TCPOpening
	}
	return b
}

// reads returns what a segment means to a session whose last came from the other side,
// if answers.
func (f TCPFaults) reads(p *packet.Packet, from Side, answers bool) tcpKind {
	if kind := kindOf(p); kind != tcpRST || from != Inside || !answers || !f.RefusalsRefresh {
		return kind
	}
	return tcpData
}

// after returns the state that an event leads to.
func (f TCPFaults) after(s tcpState, e tcpEvent) tcpState {
	if f.ResetFinal && s == tcpTrans || f.ResetUnheeded && e.kind == tcpRST {
		return s
	}
	return s.after(e)
}

// unheeded reports whether a segment restarts no timer of a session that was idle so
// long.
func (f Faults) unheededSegment(idle time.Duration, p *packet.Packet) bool {
	return (f.LateUnheeded || f.KeepAlivesUnheeded && len(p.Payload) == 0) && idle >= unheededAfter
}

// idle returns how long a session may be idle after a segment.
func (f TCPFaults) idle(sound time.Duration, s *tcpSession, last tcpKind, b *Behaviour) time.Duration {
	switch s.state {
	case tcpInsideInit, tcpOutsideInit:
		if f.LoneSYNEstablishes {
			return b.TCPEstablished
		}
	case tcpEstablished:
		if f.HandshakeShort && last == tcpSYN {
			return min(sound, shortTCPHandshake)
		}
	case tcpInsideFIN, tcpOutsideFIN:
		switch {
		case f.HalfClosedTransitory && b.TCPClosing != defaultTCPTransitory:
			return b.TCPClosing
		case f.HalfClosedShort:
			return min(sound, shortTCPEstablished)
		}
	case tcpBothFIN:
		switch {
		case f.SecondFINEnds:
			return 0
		case f.ShortClosing && b.TCPClosing == defaultTCPTransitory:
			return shortTCPClosing
		}
	case tcpTrans:
		switch {
		case f.ResetEnds && last == tcpRST, f.AstrayResetEnds && s.wrong.astray:
			return 0
		case f.ResetHeldBriefly:
			return min(sound, shortResetHold)
		}
	}
	return sound
}

// rejected is told of what a mapping, nil if there is none, has not let in.
func (t *Table) rejected(m *mapping, now time.Time) {
	if m != nil && !m.permanent && t.faults(m.internal.Protocol).RejectedRefresh {
		t.refresh(m, now)
	}
}

// refresh restarts the timers of a mapping for what is no sign of life.
func (t *Table) refresh(m *mapping, now time.Time) {
	if m.permanent {
		return
	}
	switch l := m.life.(type) {
	case *udpLife:
		l.restarted = now
	case *queryLife:
		l.used = now
	case *tcpLife:
		for _, s := range l.sessions {
			s.end = now.Add(t.behaviour(m.internal.Protocol).idle(s.state))
			l.ends.set(&s.alarm, s.end)
		}
	}
}
