package probe

import (
	"cmp"
	"time"
)

const (
	// doubt is the chance of a wrong "filtered" below which a session stops
	// asking. It is stricter than the 1 in 1000 that is promised, since a run
	// looks at it many times and stops at the first that suits. What is below lastDoubt
	// suffices when there will be no other look.
	doubt, lastDoubt = 1e-4, 1e-3
	// giveUp is how long a run waits for the first answer of a server beside others that
	// answer, or firstRounds of the round trip if that is longer, and noGiveUp where nothing
	// answers at all or nothing tells how long the way is. A limit that many hosts share lets
	// none of the first packets through, or only a few, and must not pass for a firewall.
	giveUp      = 1400 * time.Millisecond
	firstRounds = 4
	noGiveUp    = 5 * time.Second
	// patience is how long it tries after that, or slowPatience at a slow pace, and
	// patientRounds of the longest round trip at least.
	patience      = 6 * time.Second
	slowPatience  = 18 * time.Second
	patientRounds = 6
	// spareTries is how often it asks a question that no verdict depends on.
	spareTries = 8
	// confirmations is how many copies of a question must have been silent each
	// beside an answer of the same kind: a server that limits how many it sends
	// would not choose so well.
	confirmations = 3
	// mostConfirmations bounds these pairs, answered or not.
	mostConfirmations = 24
	// blindTries is how often it asks for an answer whose absence proves
	// nothing.
	blindTries = 6
	// deafTries is how often it asks the endpoints that do not answer at least, all
	// together, before it says that the server is not there.
	deafTries = 12
	// verifyEvery is how long a question that verifies a server is taken to be
	// under way at least, and verifyTime what an answer to one may take. A server
	// hands it to another thread or host, which may be late though the controls
	// are not.
	verifyEvery = 50 * time.Millisecond
	verifyTime  = 250 * time.Millisecond
	// mostAwaited is how many questions that verify a server are under way at most.
	mostAwaited = 8
	// lastSpacing is the longest time between two rounds once the mapping is
	// known, when nothing else is left to wait for.
	lastSpacing = 5 * time.Millisecond
	// mostLoss is the share of losses above which they are told to come of a limit, once
	// that is suspected.
	mostLoss = 0.6
	// blindRefusals is how many errors tell that the server lacks RESPONSE-PORT:
	// one for each of its widths.
	blindRefusals = 2
)

// openings are the times, but for some jitter, of the rounds before anything is known about the path.
var openings = []time.Duration{
	0, 150 * time.Millisecond, 400 * time.Millisecond, 700 * time.Millisecond, time.Second,
	1400 * time.Millisecond, 1800 * time.Millisecond, 2300 * time.Millisecond, 2900 * time.Millisecond,
	3500 * time.Millisecond, 4200 * time.Millisecond, 5 * time.Second, 8 * time.Second, 13 * time.Second,
}

// spacing is the time between two rounds: so short that all of them together
// take about two round trips, and so long that they are not one burst.
func (s *session) spacing() time.Duration {
	longest := 50 * time.Millisecond
	if s.explored() {
		longest = lastSpacing
	}
	return min(max(s.rtt.min/4, 3*time.Millisecond), longest)
}

// step judges what is known, and asks what could still change the verdict.
func (s *session) step(now time.Time) {
	if !s.rtt.known {
		s.open(now)
		return
	}
	s.weigh(now)
	s.judge(now)
	if s.outcome.done {
		return
	}
	if !now.Before(s.end()) || s.spent() && !s.awaiting(now) {
		s.last = true
		if s.judge(now); s.outcome.done {
			return
		}
		s.outcome = outcome{done: true, partial: s.deaf(), reason: cmp.Or(s.deafness(now), s.missing(now))}
		return
	}
	if s.follow(now); s.pace.slow() {
		s.crawl(now)
	} else {
		s.round(now)
		s.repeat(now)
		s.redirect(now)
	}
	s.schedule(now)
}

// open sends a round of questions blindly. Later rounds begin with one and with another: a
// limit may let only the first packet through.
func (s *session) open(now time.Time) {
	for t := &s.trials; !now.Before(s.nextRound); s.nextRound = s.laterRound() {
		s.rounds++
		switch {
		case s.rounds%2 == 0:
			s.ask(t.home, nil, now)
			s.ask(t.filter, nil, now)
			continue
		case s.rounds > 1:
			s.ask(t.filter, nil, now)
			s.ask(t.home, nil, now)
			continue
		}
		control := s.ask(t.filter, nil, now)
		if !s.joint.IsValid() {
			s.ask(t.port, control, now)
		}
		for _, q := range []*trial{t.home, t.spare, t.spare2} {
			s.ask(q, nil, now)
		}
	}
	s.next = s.nextRound
}

// laterRound is when the next of these rounds is: the third and later ones are not at the same time for all
// sessions that have begun together. The field gives up a session without an answer.
func (s *session) laterRound() time.Time {
	switch s.rounds {
	case 1:
		return s.started.Add(openings[1])
	case len(openings):
		return s.started.Add(time.Hour)
	}
	return s.started.Add(s.jitter(openings[s.rounds]))
}

// focus returns the question that decides about the filter, nil if an answer has
// decided it already.
func (s *session) focus() *trial {
	switch t := &s.trials; {
	case t.both.answered(), s.joint.IsValid(), s.lame != "":
		return nil
	case t.port.answered():
		return t.both
	default:
		return t.port
	}
}

// round asks the question in focus once more, beside a control on the path that
// its answer would take. The filter socket must not talk to the other address,
// so that the control for an answer from there is the mapping socket's. The best
// control is a question of the same kind, once there is one.
func (s *session) round(now time.Time) {
	focus := s.focus()
	if focus == nil || now.Before(s.nextRound) || s.doubted() || s.seemsDeaf(now) || s.enough(focus, now) {
		return
	}
	if s.lossy(now) && s.pending(now) >= careful {
		return
	}
	s.nextRound = now.Add(s.spacing())
	if s.confirming(focus) {
		s.confirm(focus, now)
		return
	}
	beside := s.controlOf(focus)
	if n := len(beside.copies); n > 0 && beside.copies[n-1].sent.Equal(now) {
		s.ask(focus, beside.copies[n-1], now)
		return
	}
	// They take turns at being first, as a limit may let only the first through.
	if len(focus.copies)%2 == 0 {
		s.ask(focus, s.ask(beside, nil, now), now)
	} else if p := s.ask(focus, nil, now); p != nil {
		p.control = s.ask(beside, nil, now)
	}
}

// lossy reports whether a question that no filter can hold back has been lost.
func (s *session) lossy(now time.Time) bool {
	v := s.trials.verify
	return s.primary(now).lost > 0 || v != nil && v.silent(now, max(s.timeout(), verifyEvery)) > 0
}

// pending counts the packets that may still be answered.
func (s *session) pending(now time.Time) int {
	n := 0
	for _, p := range s.packets {
		if !p.answered() && now.Sub(p.sent) < s.timeout() {
			n++
		}
	}
	return n
}

// open4 lists the questions whose answers no filter holds back. Endpoints that
// have not answered at all yet tell nothing about loss.
func (s *session) open4() []*trial {
	t := &s.trials
	list := []*trial{t.filter, t.home, t.again, t.spare, t.spare2}
	for _, q := range append(s.elsewhere(), t.row[:]...) {
		if q.answered() {
			list = append(list, q)
		}
	}
	return list
}

// schedule sets the time of the next step: the next round, or the end of a
// copy's time.
func (s *session) schedule(now time.Time) {
	s.next = s.end()
	sooner := func(t time.Time) {
		if t.After(now) && t.Before(s.next) {
			s.next = t
		}
	}
	if s.pace.slow() {
		if s.mostWanted(now) != nil {
			sooner(s.pace.next)
		}
	} else if focus := s.focus(); focus != nil && !s.enough(focus, now) {
		sooner(s.nextRound)
	}
	if q := s.trials.redirect; q != nil && q.asked() && !s.redirected(now) {
		sooner(q.copies[len(q.copies)-1].sent.Add(s.timeout()))
	}
	for _, q := range s.wanted() {
		if q.asked() {
			sooner(q.copies[len(q.copies)-1].sent.Add(s.timeout()))
		}
	}
	for _, p := range s.packets {
		if !p.answered() {
			sooner(p.sent.Add(s.timeout()))
			sooner(p.sent.Add(verifyEvery))
			sooner(p.sent.Add(max(s.timeout(), verifyTime)))
		}
	}
}
