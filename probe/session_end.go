package probe

import (
	"fmt"
	"time"
)

// lastLook is how long before the end of the run a session takes what it has for its verdict.
const lastLook = 20 * time.Millisecond

// end is when a session gives up.
func (s *session) end() time.Time {
	wait := patience
	if s.pace.slow() {
		wait = slowPatience
	}
	end := s.started.Add(max(giveUp+wait, (patientRounds+1)*s.rtt.max))
	if last := s.deadline.Add(-lastLook); !s.deadline.IsZero() {
		end = earlier(end, last)
	}
	return end
}

// awaiting reports whether an answer may still come.
func (s *session) awaiting(now time.Time) bool {
	for _, p := range s.packets {
		if !p.answered() && now.Sub(p.sent) < max(s.timeout(), verifyTime) {
			return true
		}
	}
	return false
}

// missing says why a session ends without a verdict: by a limit, by loss, or since
// its time was up.
func (s *session) missing(now time.Time) string {
	var c tally
	for _, t := range s.open4() {
		c.add(t, now, s.timeout())
	}
	d := s.decided(s.pace.from, now)
	switch borne := len(d) >= crowd && share(d) < bearable; {
	case s.pace.slow() && (borne || share(s.decided(0, now)) > mostLoss):
		return fmt.Sprintf("limited: %v answers only so many questions in a time, of this address or altogether, "+
			"or something on the way lets no more through; %d of %d were answered", s.server, s.answers, s.sent)
	case s.pace.slow():
		return fmt.Sprintf("too much loss, or a limit: %d of %d questions to %v were answered",
			s.answers, s.sent, s.server)
	case c.lost == 0:
		return fmt.Sprintf("not settled within %v, though no question to %v was lost",
			Millis(now.Sub(s.started)), s.server)
	}
	return fmt.Sprintf("too much loss: %.0f %% of the questions to %v got no answer", 100*c.loss(), s.server)
}
