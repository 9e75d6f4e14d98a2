package refnat

import (
	"container/list"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// The idle times of RFC 5382, REQ-5, and RFC 7857, Section 2.1: two hours and four
// minutes, and four minutes.
const (
	defaultTCPEstablished = 2*time.Hour + 4*time.Minute
	defaultTCPTransitory  = 4 * time.Minute
)

// tcpRules are those of RFC 5382, as RFC 7857 updates it. Of port parity RFC 5382 says
// nothing; it leaves the range open in Section 7.1, and RFC 4787 does not.
func tcpRules() *protocol {
	return &protocol{
		numbers:   numbering{classes: []class{wellKnown, others}},
		sound:     func(p *packet.Packet) bool { return p.TCP != nil && !p.TCP.Cut },
		opens:     opensTCP,
		continues: func(l life, y packet.Endpoint) bool { return l.(*tcpLife).sessions[y] != nil },
		begin: func(t *Table, m *mapping) life {
			return &tcpLife{table: t, mapping: m, sessions: map[packet.Endpoint]*tcpSession{}}
		},
		refused: (*Table).holdSYN,
	}
}

// opensTCP: a SYN opens a session and, where the Behaviour says so, whatever goes on
// with one that the table has not seen begin. A damaged segment opens nothing.
func opensTCP(t *Table, d *datagram) bool {
	if d.Damage != "" {
		return false
	}
	flags := d.TCP.Flags
	if flags&(packet.SYN|packet.ACK|packet.RST|packet.FIN) == packet.SYN {
		return true
	}
	return t.behaviour(packet.TCP).MidStream && d.from == Inside && flags&(packet.SYN|packet.RST) == 0
}

// A tcpLife is the sessions beneath a mapping. It ends with the last of them.
type tcpLife struct {
	table    *Table
	mapping  *mapping
	sessions map[packet.Endpoint]*tcpSession
	// ends is when each session ends.
	ends agenda
	// calls are the sessions that the outside has begun and nobody has answered, the
	// oldest first.
	calls list.List // of *tcpSession
}

// openCalls bounds the calls of a mapping, so that a flood of SYNs costs the flood's
// own: a mapping that anybody may call has as many sessions as there are callers.
const openCalls = 1024

// A tcpSession is a mapping and a remote endpoint.
type tcpSession struct {
	remote packet.Endpoint
	state  tcpState
	// call is its place among the calls, nil when it is none.
	call *list.Element
	// heard is the side that the last segment came from.
	heard Side
	end   time.Time
	alarm alarm
	wrong tcpMistakes
}

func (l *tcpLife) sent(p *packet.Packet, y packet.Endpoint, now time.Time) {
	l.segment(Inside, p, y, now)
}

func (l *tcpLife) received(p *packet.Packet, y packet.Endpoint, now time.Time) {
	l.segment(Outside, p, y, now)
}

// segment takes a segment of the session with y, which begins with it if there is
// none. A damaged one passes and has no part in the session: its receiver drops it.
func (l *tcpLife) segment(from Side, p *packet.Packet, y packet.Endpoint, now time.Time) {
	if p.Damage != "" {
		return
	}
	s := l.sessions[y]
	if s == nil {
		s = l.open(y)
	}
	rules := l.table.protocols.of(packet.TCP)
	answers := from != s.heard
	kind := rules.faults.reads(p, from, answers)
	s.wrong.note(from, p, s.state)
	idle := rules.behaviour.idle(s.state) - s.end.Sub(now)
	s.state = rules.faults.after(s.state, tcpEvent{from, kind})
	l.screen(s)
	l.endsOthers(s, kind)
	most := rules.faults.idle(rules.behaviour.idle(s.state), s, kind, &rules.behaviour)
	end := rules.faults.aged(now.Add(rules.faults.begun(most, s, &rules.behaviour)), s, p, now, &rules.behaviour)
	// A RST from inside in answer to what came in is no sign of life, RFC 7857,
	// Section 7.1. The session keeps what it has, or the less that its state gives.
	refusal := kind == tcpRST && from == Inside && answers
	if !refusal && !rules.faults.unheededSegment(idle, p) || end.Before(s.end) {
		s.end = end
	}
	s.heard = from
	l.ends.set(&s.alarm, s.end)
}

// open begins a session, and ends what is on hold for it.
func (l *tcpLife) open(y packet.Endpoint) *tcpSession {
	s := &tcpSession{remote: y}
	s.alarm.until = func() (time.Time, bool) { return s.end, true }
	s.alarm.ring = func(time.Time) []Packet {
		l.close(s)
		return nil
	}
	l.sessions[y] = s
	if f := l.table.faults(packet.TCP); !f.CallsAnsweredAnyway && !f.StrangersAnsweredAnyway {
		l.table.releaseSYN(call{l.mapping.external, y})
	}
	return s
}

// close ends a session, and closes the filter that it has opened.
func (l *tcpLife) close(s *tcpSession) {
	s.state = tcpClosed
	l.screen(s)
	l.ends.cancel(&s.alarm)
	delete(l.sessions, s.remote)
	delete(l.table.ftp, session{l.mapping.internal, s.remote})
	l.mapping.remotes.remove(s.remote) // the filter is closed to it
}

// screen keeps the list of calls, and ends the oldest when there are too many.
func (l *tcpLife) screen(s *tcpSession) {
	switch waits := s.state == tcpOutsideInit; {
	case waits && s.call == nil:
		s.call = l.calls.PushBack(s)
	case !waits && s.call != nil:
		l.calls.Remove(s.call)
		s.call = nil
	}
	if l.calls.Len() > openCalls {
		l.close(l.calls.Front().Value.(*tcpSession))
	}
}

func (l *tcpLife) end() time.Time {
	if first := l.ends.first(); first != nil {
		return first.due
	}
	return time.Time{}
}

// ended is silent: whether the ends of a session are told that it is over is left
// open by RFC 5382, Section 5.
func (l *tcpLife) ended(now time.Time) (packets []Packet, over bool) {
	return l.ends.ring(now, func(time.Time) {}), len(l.sessions) == 0
}

// idle returns how long a session of that state may be idle.
func (b *Behaviour) idle(s tcpState) time.Duration {
	switch s {
	case tcpInsideInit, tcpOutsideInit:
		return b.TCPOpening
	case tcpBothFIN, tcpTrans:
		return b.TCPClosing
	default:
		return b.TCPEstablished
	}
}
