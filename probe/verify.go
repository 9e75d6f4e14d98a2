package probe

import (
	"fmt"
	"time"

	"github.com/natproof/natproof/probe/stun"
)

// verify makes sure that the server honours the requests that the verdict rests
// on, and reports whether that is settled, one way or the other. It begins when
// the mapping is known: an unexpected answer before that could make the NAT give
// the mapping socket another port.
func (s *session) verify(now time.Time) bool {
	if s.deaf() && !s.explained(now) {
		return false
	}
	focus := s.focus()
	if focus == nil {
		return true
	}
	t := &s.trials
	if t.verify == nil || t.verify.change != focus.change {
		s.verdict.verified = Unknown
		t.verify = s.verification(focus)
	}
	q := t.verify
	if q == nil && s.deaf() {
		s.endPartly(now)
	}
	if q == nil {
		return true
	}
	if q.answered() {
		return s.confirmed(focus, now)
	}
	if q.responsePort != 0 && t.redirect == nil && q.silent(now, s.timeout()) > 0 {
		t.redirect = s.redirection()
	}
	if q.responsePort != 0 && (t.redirect == nil || !t.redirect.answered()) {
		// The server may lack RESPONSE-PORT, so silence is no argument.
		s.blind = s.lacksResponsePort(now)
		return s.blind
	}
	if s.primary(now).allLost(q.silent(now, max(s.timeout(), verifyTime))) < doubt {
		why := "does not answer a CHANGE-REQUEST for a %s, although nothing filters it"
		s.suspect(now, fmt.Sprintf(why, describe(q.change)))
	}
	return false
}

// confirming reports whether the copies of a question are sent beside those that
// verify the server.
func (s *session) confirming(focus *trial) bool {
	q, most := s.trials.verify, mostConfirmations
	if q == nil || q.change != focus.change || s.blind {
		return false
	}
	if q.responsePort != 0 && s.width == Unknown {
		most = blindTries // more are worth while only if the server can hear of the port
	}
	return q.tries() < most
}

// confirm sends a copy of the question beside one that verifies the server, and further
// copies if it takes more than these and nothing is lost. The control never comes first,
// so that a server that limits answers of this kind has no answer left for it. Where none
// of the first has been answered, they go on alone.
func (s *session) confirm(focus *trial, now time.Time) {
	v := s.trials.verify
	if !v.answered() && v.silent(now, s.timeout()) >= confirmations {
		s.ask(v, nil, now)
		return
	}
	p := s.ask(focus, nil, now)
	control := s.ask(v, nil, now)
	if p == nil || control == nil {
		return
	}
	p.control = control
	more := 1
	if !focus.change.IP {
		more = 2 // the sockets' first questions are controls as well
	}
	for range more {
		if !s.lossy(now) && !s.enough(focus, now) {
			s.ask(focus, control, now)
		}
	}
}

// confirms reports whether a copy was sent beside one that verifies the server.
func (s *session) confirms(p *packet) bool {
	return p.control != nil && p.control.trial == s.trials.verify
}

// confirmed reports whether enough copies of the question were silent, each
// beside an answer that shows that the server does send such answers.
func (s *session) confirmed(focus *trial, now time.Time) bool {
	n := 0
	for _, p := range focus.copies {
		if !p.void && s.confirms(p) && p.control.answered() && now.Sub(p.sent) >= s.timeout() {
			n++
		}
	}
	if n >= confirmations {
		s.verdict.verified = Yes
		return true
	}
	return false
}

// suspect refuses the server once it has been silent at a slow pace as well, since it may send only so
// many such answers, and once the mapping socket has been seen again as it was
// before: a NAT that has changed meanwhile would look the same.
func (s *session) suspect(now time.Time, why string) {
	if s.suspected.IsZero() {
		s.suspected = now
	}
	switch {
	case s.doubted():
	case s.deaf():
		s.endPartly(now)
	case s.accusation == "":
		s.accusation, s.pace.some = why, true
		s.take(max(suspectGap, 2*s.pace.gap), now)
		s.pace.lossy = s.pace.gap / 2
		s.trials.verify = s.verification(s.focus())
	default:
		s.refuse(why)
	}
}

// doubted reports whether the server is suspected and the mapping socket was not seen
// since then.
func (s *session) doubted() bool {
	_, seen := s.trials.again.answeredSent()
	return seen.Before(s.suspected)
}

// lacksResponsePort reports whether the server does not know RESPONSE-PORT, or
// there is no way to tell.
func (s *session) lacksResponsePort(now time.Time) bool {
	q := s.trials.redirect
	if q == nil {
		given := s.trials.spare.answered() || s.trials.spare.tries() >= spareTries
		return given && s.trials.verify.silent(now, s.timeout()) >= blindTries
	}
	// Every other copy is of a width that the server may not read.
	return max(q.refusals, s.trials.verify.refusals) >= blindRefusals ||
		s.primary(now).allLost(q.silent(now, s.timeout())/2) < doubt
}

// redirect asks whether the server knows RESPONSE-PORT: once in each width, and as
// long as all stay silent twice as often each time, until it is settled.
func (s *session) redirect(now time.Time) {
	q := s.trials.redirect
	if q == nil || !q.due(now, s.timeout()) || s.trials.verify.answered() {
		return
	}
	for range len(q.copies) + 2 {
		if s.redirected(now) || s.ask(q, nil, now) == nil {
			return
		}
	}
}

// redirected reports whether no more copies of that question are needed.
func (s *session) redirected(now time.Time) bool {
	q := s.trials.redirect
	if q.answered() || q.refusals >= blindRefusals || s.blind {
		return true
	}
	silent := 0
	for _, p := range q.copies {
		if !p.void && !p.answered() {
			silent++
		}
	}
	return q.tries() > 0 && s.primary(now).allLost(silent/2) < doubt
}

// verification returns the question whose answer shows that the server honours
// the kind of request that t is. Its answer comes from where the mapping socket
// has talked to, to the mapping that it did so from, so that no filter is in its
// way. It returns nil if the NAT leaves no way to ask that: its mappings toward
// the two have different addresses.
func (s *session) verification(t *trial) *trial {
	q := &trial{socket: mappingSocket, hears: mappingSocket, to: s.server, change: t.change}
	from := s.trials.otherPort
	if t.change.IP {
		from = s.trials.otherBoth
	}
	if !from.answered() {
		// Questions to there may be stopped on the way, and answers from there not.
		if s.verdict.mapping == EndpointIndependent {
			return q
		}
		return nil
	}
	asking, open := mapped(*s.trials.home.answer), mapped(*from.answer)
	switch {
	case asking == open:
	case asking.Addr() == open.Addr():
		q.responsePort = open.Port()
	default:
		return nil
	}
	return q
}

// redirection returns the question whose answer shows that the server knows
// RESPONSE-PORT: from the mapping socket, to be answered to the spare one, which
// has talked to the same endpoint. It returns nil if there is no way to ask it.
func (s *session) redirection() *trial {
	spare := s.trials.spare
	if !spare.answered() || mapped(*spare.answer).Addr() != mapped(*s.trials.home.answer).Addr() {
		return nil
	}
	return &trial{socket: mappingSocket, hears: spareSocket, to: s.server, responsePort: mapped(*spare.answer).Port()}
}

// describe names the kind of a CHANGE-REQUEST.
func describe(c stun.ChangeRequest) string {
	if c.IP {
		return "change of address and port"
	}
	return "change of port"
}
