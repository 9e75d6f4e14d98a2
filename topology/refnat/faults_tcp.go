package refnat

import (
	"cmp"
	"time"
)

// TCPFaults are in the states of TCP sessions and their timers.
type TCPFaults struct {
	// ShortEstablished ends an established session after an hour. Breaks REQ-5 of
	// RFC 5382.
	ShortEstablished bool `breaks:"rfc5382.req-5-est"`
	// HalfClosedTransitory takes a session with one FIN for one that closes. Breaks
	// REQ-5 of RFC 5382.
	HalfClosedTransitory bool `breaks:"rfc5382.req-5-est"`
	// ShortOpening ends a session after 30 s that only one side has begun. Breaks REQ-5
	// of RFC 5382.
	ShortOpening bool `breaks:"rfc5382.req-5-trans"`
	// ShortClosing ends one after 10 s that both have finished. Breaks REQ-5 of RFC 5382.
	ShortClosing bool `breaks:"rfc5382.req-5-trans"`
	// SecondFINEnds ends a session with the second FIN. Breaks REQ-5 of RFC 5382, and
	// REQ-2, since the acknowledgment is yet to come.
	SecondFINEnds bool `breaks:"rfc5382.req-2 rfc5382.req-5-trans"`
	// TCPTimersFixed keeps to the default timers whatever is configured. Breaks REQ-5a of
	// RFC 5382.
	TCPTimersFixed bool `breaks:"rfc5382.req-5a" blinds:"rfc7857.s2.1-separate"`
	// ClosingAsOpening has one timer for both. Breaks RFC 7857, Section 2.1.
	ClosingAsOpening bool `breaks:"rfc7857.s2.1-separate"`
	// ShortDefaultTransitory makes both 200 s where none is configured. Breaks RFC 7857,
	// Section 2.1, and with it REQ-5 of RFC 5382.
	ShortDefaultTransitory bool `breaks:"rfc7857.s2.1-default rfc5382.req-5-trans"`
	// LoneSYNEstablishes takes a session for established that one side has begun. Breaks
	// RFC 7857, Section 2.
	LoneSYNEstablishes bool `breaks:"rfc7857.s2"`
	// ClosingLingers keeps a session for 30 s more that both have finished. Breaks RFC 7857,
	// Section 2.
	ClosingLingers bool `breaks:"rfc7857.s2"`
	// ResetFinal leaves a session transitory that goes on after a RST. Breaks RFC 7857,
	// Section 2.
	ResetFinal bool `breaks:"rfc7857.s2"`
	// ResetEnds ends a session with a RST. Breaks RFC 7857, Section 2.2, and Section 2,
	// since nothing can go on after it.
	ResetEnds bool `breaks:"rfc7857.s2.2-hold rfc7857.s2"`
	// ResetHeldBriefly ends one 30 s after a RST. Breaks RFC 7857, Section 2.2.
	ResetHeldBriefly bool `breaks:"rfc7857.s2.2-hold"`
	// RejectedRefresh restarts a mapping's timers for a SYN that its filter does not let
	// in. Breaks RFC 7857, Section 7.
	RejectedRefresh bool `breaks:"rfc7857.s7-tcp"`
	// RefusalsRefresh restarts the timer for a RST from inside that answers a SYN. Breaks
	// RFC 7857, Section 7.1.
	RefusalsRefresh bool `breaks:"rfc7857.s7.1"`
}

// What the faults of TCP's timers give.
const (
	shortTCPEstablished = time.Hour
	shortTCPOpening     = 30 * time.Second
	shortTCPClosing     = 10 * time.Second
	shortTCPTransitory  = 200 * time.Second
	shortResetHold      = 30 * time.Second
)

// tcpTimers returns b complete, with the timers that the faults give.
func (f TCPFaults) tcpTimers(b Behaviour) Behaviour {
	transitory := defaultTCPTransitory
	if f.ShortDefaultTransitory {
		transitory = shortTCPTransitory
	}
	if f.TCPTimersFixed {
		b.TCPEstablished, b.TCPOpening, b.TCPClosing = 0, 0, 0
	}
	b.TCPEstablished = cmp.Or(b.TCPEstablished, defaultTCPEstablished)
	b.TCPOpening = cmp.Or(b.TCPOpening, transitory)
	b.TCPClosing = cmp.Or(b.TCPClosing, transitory)
	if f.ShortEstablished {
		b.TCPEstablished = min(b.TCPEstablished, shortTCPEstablished)
	}
	if f.ShortOpening {
		b.TCPOpening = min(b.TCPOpening, shortTCPOpening)
	}
	if f.ShortClosing {
		b.TCPClosing = min(b.TCPClosing, shortTCPClosing)
	}
	if f.ClosingAsOpening {
		b.TCPClosing = b.TCPOpening
	}
	return b
}

// after returns the state that an event leads to.
func (f TCPFaults) after(s tcpState, e tcpEvent) tcpState {
	if f.ResetFinal && s == tcpTrans {
		return s
	}
	return s.after(e)
}

// idle returns how long a session may be idle after a segment.
func (f TCPFaults) idle(sound time.Duration, s *tcpSession, last tcpKind, b *Behaviour) time.Duration {
	switch s.state {
	case tcpInsideInit, tcpOutsideInit:
		if f.LoneSYNEstablishes {
			return b.TCPEstablished
		}
	case tcpInsideFIN, tcpOutsideFIN:
		if f.HalfClosedTransitory {
			return b.TCPClosing
		}
	case tcpBothFIN:
		switch {
		case f.SecondFINEnds:
			return 0
		case f.ClosingLingers:
			return sound + shortResetHold
		}
	case tcpTrans:
		switch {
		case f.ResetEnds && last == tcpRST:
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
	case *tcpLife:
		for _, s := range l.sessions {
			s.end = now.Add(t.behaviour(m.internal.Protocol).idle(s.state))
			l.ends.set(&s.alarm, s.end)
		}
	}
}
