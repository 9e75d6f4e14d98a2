package probe

import "time"

// twinTries is how many copies of the twin are silent beside answered controls before the
// answer to the filter's socket is taken for somebody else's doing.
const twinTries = 8

// passed is the question whose answer has come through the filter from farthest away; nil
// if there is none.
func (s *session) passed() *trial {
	switch t := &s.trials; {
	case t.both.answered():
		return t.both
	case t.port.answered():
		return t.port
	}
	return nil
}

// seconded reports whether a second socket has got the answer from elsewhere that the
// filter's has got: that one may have a port that another program has opened toward there
// shortly before. An answer from the other port alone is looked at when one from the other
// address has been missed.
func (s *session) seconded(now time.Time) bool {
	t, q := &s.trials, s.passed()
	if q == nil {
		return true
	}
	if t.twin == nil || t.twin.change != q.change {
		if q == t.port && t.both.silent(now, s.timeout()) == 0 {
			return false
		}
		t.twin = &trial{socket: spareSocket, hears: spareSocket, to: s.server, change: q.change}
	}
	if !t.twin.answered() && t.twin.silent(now, max(s.timeout(), verifyTime)) >= twinTries {
		elsewhere := "port"
		if q.change.IP {
			elsewhere = "address"
		}
		s.outcome = outcome{done: true, changed: true, partial: true,
			reason: "an answer from the server's other " + elsewhere + " reaches one socket of this host and not " +
				"another: the NAT treats them differently, or another program has used the first one's port before"}
	}
	return t.twin.answered()
}
