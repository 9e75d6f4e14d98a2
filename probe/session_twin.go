package probe

import "time"

// twinTries is how many copies of the twin are silent beside answered controls before the
// answer to the filter's socket is taken for somebody else's doing.
const twinTries = 8

// judgeOpen tells of a missing filter when a second socket has got an answer from the
// other address as well: the first may have a port that another program has opened toward
// it shortly before. The other kinds of filter rest on silence, which no open port makes.
func (s *session) judgeOpen(now time.Time) {
	t := &s.trials
	if t.twin == nil && s.explored() {
		socket := lastSocket
		if s.verdict.mapping == AddressAndPortDependent {
			socket = spareSocket // the last one talks to all endpoints then
		}
		t.twin = &trial{socket: socket, hears: socket, to: s.server, change: t.both.change}
	}
	switch q := t.twin; {
	case q == nil:
	case q.answered():
		s.verdict.filtering, s.verdict.verified = EndpointIndependent, Yes
	case q.silent(now, max(s.timeout(), verifyTime)) >= twinTries:
		s.outcome = outcome{done: true, changed: true, partial: true,
			reason: "an answer from the server's other address reaches one socket of this host and not another: " +
				"the NAT treats them differently, or another program has used the first one's port before"}
	}
}
