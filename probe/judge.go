package probe

import (
	"fmt"
	"net/netip"
	"time"
)

// judge derives the verdict from the answers and the silences so far, and ends
// the session when nothing more is to be learnt.
func (s *session) judge(now time.Time) {
	s.judgeMapping(now)
	s.judgeFiltering(now)
	if s.outcome.done || s.verdict.mapping == NotDetermined {
		return
	}
	settled := s.verify(now)
	t := &s.trials
	spares := func(q *trial) bool { return q.answered() || q.tries() >= spareTries && q.due(now, s.timeout()) }
	if !s.outcome.done && settled && s.verdict.filtering != NotDetermined && spares(t.spare) && spares(t.spare2) {
		s.outcome.done = true
	}
}

// judgeMapping compares how the four endpoints see the mapping socket. It takes
// nothing but answers, so that loss can delay the verdict and not change it.
func (s *session) judgeMapping(now time.Time) {
	t := &s.trials
	for _, q := range []*trial{t.otherPort, t.otherAddr, t.otherBoth} {
		if q.answered() {
			continue
		}
		// The way to this endpoint may lose more than the one whose loss is known.
		if n := q.silent(now, s.timeout()); n >= deafTries && s.primary(now).allLost(n) < doubt {
			s.refuse(fmt.Sprintf("does not answer at %v, which its OTHER-ADDRESS says that it has", q.to))
			return
		}
	}
	if m := s.compared(); m == EndpointIndependent || s.stillSeen() {
		s.verdict.mapping = m
	}
}

// compared tells which kind of mapping the answers of the four endpoints show.
func (s *session) compared() Dependence {
	t := &s.trials
	if !t.home.answered() || !t.otherPort.answered() || !t.otherAddr.answered() || !t.otherBoth.answered() {
		return NotDetermined
	}
	seen := func(q *trial) netip.AddrPort { return mapped(*q.answer) }
	return compare(seen(t.home), seen(t.otherPort), seen(t.otherAddr), seen(t.otherBoth))
}

// stillSeen reports whether the primary endpoint has seen the mapping socket once
// more as it did before, after all others had seen it. Otherwise a NAT that has
// got another address meanwhile would look like one that differs by destination.
func (s *session) stillSeen() bool {
	t := &s.trials
	_, again := t.again.answeredSent()
	for _, q := range []*trial{t.otherPort, t.otherAddr, t.otherBoth} {
		if first, _ := q.answeredSent(); first.IsZero() || again.Before(first) {
			return false
		}
	}
	return true
}

// compare tells what a mapping depends on, from how a socket was seen by the
// primary endpoint, by another port, by another address, and by both.
func compare(home, port, addr, both netip.AddrPort) Dependence {
	switch {
	case home == port && home == addr && home == both:
		return EndpointIndependent
	case home == port && addr == both:
		return AddressDependent
	default:
		return AddressAndPortDependent
	}
}

// judgeFiltering takes an answer from elsewhere for proof of an open filter, and
// silence for a filter only when loss cannot explain it.
func (s *session) judgeFiltering(now time.Time) {
	v := &s.verdict
	focus := s.focus()
	if focus == nil {
		v.filtering, v.wrongFiltered, v.verified = EndpointIndependent, 0, Yes
		return
	}
	v.filtering, v.wrongFiltered = NotDetermined, 0
	lost := s.controls(focus, now).allLost(focus.silent(now, s.timeout()))
	if lost >= doubt {
		return
	}
	v.wrongFiltered = lost
	v.filtering = AddressAndPortDependent
	if focus.change.IP {
		v.filtering = AddressDependent
	}
}

// primary counts the answers and losses of questions to the primary address.
func (s *session) primary(now time.Time) tally {
	return s.controls(s.trials.filter, now)
}
