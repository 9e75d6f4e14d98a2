package probe

import (
	"fmt"
	"net/netip"
	"time"
)

// judge derives the verdict from the answers and the silences so far, and ends
// the session when nothing more is to be learnt.
func (s *session) judge(now time.Time) {
	if s.joint.IsValid() {
		s.judgeJoint(now)
		return
	}
	s.judgeMapping(now)
	if s.lame != "" {
		if s.settled(now) && !s.outcome.done {
			s.refuse(s.lame)
		}
		return
	}
	s.judgeFiltering(now)
	if s.outcome.done || !s.explored() {
		return
	}
	settled := s.verify(now)
	if !s.outcome.done && settled && s.verdict.filtering != NotDetermined && s.settled(now) {
		s.outcome.done, s.outcome.partial = true, s.verdict.half
	}
}

// explored reports whether all is known of the mapping that will be.
func (s *session) explored() bool { return s.verdict.mapping != NotDetermined || s.verdict.half }

// settled reports whether the session will make no more mappings.
func (s *session) settled(now time.Time) bool {
	return s.outcome.refused == "" && s.explored() && s.settledSpares(now)
}

func (s *session) settledSpares(now time.Time) bool {
	for _, q := range s.spares() {
		if !q.answered() && (q.tries() < spareTries || !q.due(now, s.timeout())) {
			return false
		}
	}
	return true
}

// judgeMapping compares how the four endpoints see the mapping socket. It takes
// nothing but answers, so that loss can delay the verdict and not change it. An endpoint
// that never answers is left out of it, since the others can suffice.
func (s *session) judgeMapping(now time.Time) {
	// The way to these endpoints may lose more than the one whose loss is known. If it does
	// it has lost the questions to all of them.
	silent := 0
	for _, q := range s.elsewhere() {
		if !q.answered() {
			silent += q.silent(now, s.timeout())
		}
	}
	if s.cramped(now) {
		s.outcome = outcome{done: true, partial: true,
			reason: fmt.Sprintf("%v answers only the first of this host's sockets: %s", s.server, noMoreSessions)}
		return
	}
	deaf := silent >= deafTries && s.primary(now).allLost(silent) < doubt
	for _, q := range s.elsewhere() {
		q.deaf = !q.answered() && (q.deaf || deaf && q.silent(now, s.timeout()) >= deafTries/3)
	}
	switch m, all := s.compared(); {
	case !all, m != EndpointIndependent && !s.stillSeen():
	case m == NotDetermined && s.deaf():
		s.verdict.varies = s.varies()
		// Its other port can verify a filter of ports, where the other address is away.
		if s.verdict.half = s.trials.otherPort.answered(); !s.verdict.half {
			s.endPartly(now)
		}
	default:
		s.verdict.mapping = m
	}
}

// spares lists the questions that only show how ports are chosen.
func (s *session) spares() []*trial {
	t := &s.trials
	list := []*trial{t.spare, t.spare2}
	if s.verdict.mapping == AddressAndPortDependent && !s.deaf() && (t.row[0].asked() || !s.pace.slow()) {
		list = append(list, t.row[:]...)
	}
	return list
}

// elsewhere lists the mapping socket's questions to the server's other endpoints. The third
// is of use where one of the other two is silent.
func (s *session) elsewhere() []*trial {
	t := &s.trials
	list := []*trial{t.otherPort, t.otherBoth}
	missing := !t.otherPort.answered() || !t.otherBoth.answered()
	if missing && t.otherAddr.asked() || s.joint.IsValid() {
		list = append(list, t.otherAddr)
	}
	return list
}

// compared tells which kind of mapping the answers of the endpoints show, and whether
// all are in that can be hoped for.
func (s *session) compared() (m Dependence, all bool) {
	t := &s.trials
	if !t.home.answered() {
		return NotDetermined, false
	}
	seen := map[*trial]netip.AddrPort{}
	for _, q := range s.elsewhere() {
		if q.answered() {
			seen[q] = mapped(*q.answer)
		} else if !q.deaf {
			return NotDetermined, false
		}
	}
	return compare(mapped(*t.home.answer), seen[t.otherPort], seen[t.otherAddr], seen[t.otherBoth]), true
}

// varies reports whether some endpoint sees the mapping socket as another one than the
// first does.
func (s *session) varies() bool {
	for _, q := range s.elsewhere() {
		if q.answered() && mapped(*q.answer) != mapped(*s.trials.home.answer) {
			return true
		}
	}
	return false
}

// stillSeen reports whether the primary endpoint has seen the mapping socket once
// more as it did before, after all others had seen it. Otherwise a NAT that has
// got another address meanwhile would look like one that differs by destination.
func (s *session) stillSeen() bool {
	t := &s.trials
	_, again := t.again.answeredSent()
	for _, q := range s.elsewhere() {
		if first, _ := q.answeredSent(); !q.deaf && (first.IsZero() || again.Before(first)) {
			return false
		}
	}
	return true
}

// compare tells what a mapping depends on, from how a socket was seen by the
// primary endpoint, by another port, by another address, and by both. What is not known
// is the zero AddrPort: the same view at two addresses suffices for a mapping that is
// endpoint-independent (RFC 5780, Section 4.3).
func compare(home, port, addr, both netip.AddrPort) Dependence {
	elsewhere := addr
	if !addr.IsValid() {
		elsewhere = both
	}
	switch {
	case port.IsValid() && port != home, addr.IsValid() && both.IsValid() && addr != both:
		return AddressAndPortDependent
	case elsewhere == home:
		return EndpointIndependent
	case elsewhere.IsValid() && (port.IsValid() || addr.IsValid() && both.IsValid()):
		return AddressDependent
	}
	return NotDetermined
}

// judgeFiltering takes answers from elsewhere to two sockets for proof that the filter lets
// them in, and silence for a filter only when loss cannot explain it.
func (s *session) judgeFiltering(now time.Time) {
	v := &s.verdict
	v.filtering, v.wrongFiltered = NotDetermined, 0
	if s.joint.IsValid() || !s.seconded(now) {
		return
	}
	focus := s.focus()
	if focus == nil {
		v.filtering, v.verified = EndpointIndependent, Yes
		return
	}
	lost := s.controls(focus, now).allLost(focus.silent(now, s.timeout()))
	if lost >= s.doubt() {
		return
	}
	v.wrongFiltered = lost
	v.filtering = AddressAndPortDependent
	if focus.change.IP {
		v.filtering = AddressDependent
	}
}

// doubt is the chance of a wrong "filtered" that is borne.
func (s *session) doubt() float64 {
	if s.last {
		return lastDoubt
	}
	return doubt
}

// primary counts the answers and losses of questions to the primary address.
func (s *session) primary(now time.Time) tally {
	return s.controls(s.trials.filter, now)
}
