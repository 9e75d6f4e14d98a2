package probe

import (
	"slices"
	"time"
)

// controlOf returns the best question to ask beside another: one whose answer takes
// the same path, and that no filter is in the way of.
func (s *session) controlOf(q *trial) *trial {
	t := &s.trials
	switch {
	case q == s.focus() && s.confirming(q):
		return t.verify
	case !q.change.IP || !s.other.IsValid():
		return t.filter
	case t.otherAddr.answered() && !t.otherBoth.answered():
		return t.otherAddr
	}
	return t.otherBoth
}

// enough reports whether the copies under way would settle the matter if none
// of them were answered and all of their controls were.
func (s *session) enough(t *trial, now time.Time) bool {
	far := s.trials.otherAddr.answered() || s.trials.otherBoth.answered()
	if t.change.IP && !far && t.tries() >= mostAwaited {
		return true // nothing shows yet that anything comes from there
	}
	if v := s.trials.verify; s.confirming(t) && !v.answered() && s.primary(now).allLost(v.unanswered()) < doubt {
		return true // if they stay silent, the server is refused
	}
	c := s.controls(t, now)
	silent := t.silent(now, s.timeout())
	confirmed, pending := 0, 0
	for _, p := range t.copies {
		if p.void {
			continue
		}
		age, confirms := now.Sub(p.sent), s.confirms(p)
		young := age < s.timeout() || confirms && !p.control.answered() && age < verifyEvery
		if young {
			pending++
		}
		if confirms && (young || p.control.answered()) {
			confirmed++
		}
	}
	switch {
	case s.confirming(t) && confirmed < confirmations:
		return false
	case s.explored():
	case pending > 0 && !s.lossy(now):
		return true // the rest has better controls later
	default:
		pending += confirmations // they come later
	}
	c.answered += s.underWay(t, now)
	return c.allLost(silent+pending) < doubt
}

// underWay counts the questions whose answers may still come and would be controls of t.
func (s *session) underWay(t *trial, now time.Time) int {
	n, from := 0, s.expected(t).Addr()
	questions := append(s.elsewhere(), s.trials.filter, s.trials.home, s.trials.again, s.trials.spare, s.trials.spare2)
	questions = slices.DeleteFunc(questions, func(q *trial) bool { return q.to.Addr() != from })
	if v := s.trials.verify; v != nil && v.change == t.change {
		questions = append(questions, v)
	}
	for _, q := range questions {
		wait := s.timeout()
		if q == s.trials.verify {
			wait = max(wait, verifyEvery)
		}
		for _, p := range q.copies {
			if !p.void && !p.answered() && now.Sub(p.sent) < wait {
				n++
			}
		}
	}
	return n
}

// controls counts the answers and losses of questions that no filter can be in
// the way of, on the path that an answer to t takes: from the same address.
func (s *session) controls(t *trial, now time.Time) tally {
	var c tally
	for _, q := range s.open4() {
		if q.to.Addr() == s.expected(t).Addr() {
			c.add(q, now, s.timeout())
		}
	}
	if v := s.trials.verify; v != nil && v.answered() && v.change == t.change {
		c.add(v, now, s.timeout())
	}
	return c
}
