package probe

import (
	"slices"
	"time"

	"github.com/natproof/natproof/probe/stun"
)

const (
	// budget is how many packets a measurement sends at most as long as it has no
	// verdict, to all servers together.
	budget = 100
	// suspicion is how much of it has a session suspect a limit. Each question that is
	// lost, and that no filter can hold back, adds two thirds of what an answer takes away:
	// seven in a row are enough. Loss alone does that seldom.
	suspicion, lostAdds, answerTakes = 14, 2, 3
	// leastLoss is the share of the questions to the server's first address that a limit on
	// all packets takes at least.
	leastLoss = 0.45
	// bearable is the share that may be lost at a pace that a limit bears.
	bearable = 0.2
	// crowd is how many controls are sent at once when the first question has been lost. Where an
	// answer takes as long as they do at a slow pace, it is slow at once.
	crowd = 6
	// careful is how many packets are under way at most when one has been lost.
	careful = 8
	// firstGap is the time between two packets when a limit is suspected, longestGap the
	// longest one, and suspectGap the shortest at which a server is refused for its silence. Run is
	// how many questions are looked at to choose another.
	firstGap, suspectGap, longestGap = 70 * time.Millisecond, 560 * time.Millisecond, 1120 * time.Millisecond
	run                              = 3
)

// A pace is how fast a session asks. It asks at once what it has to ask until it
// suspects that a server, a NAT or a network on the way lets only so many packets
// through in a time. Then it sends one packet after another, and follows what is answered.
type pace struct {
	// gap is the time between two packets, 0 as long as no limit is suspected. Lossy is the last one
	// at which too much was lost.
	gap, lossy time.Duration
	// slowed is the number of the first packet that was sent slowly, and from that of the first at this pace.
	slowed, from int
	next         time.Time
	control      *packet // the last one that was sent
	// some says that the server's first address loses little: a limit may be for answers of one kind.
	some bool
}

func (p *pace) slow() bool { return p.gap > 0 }

// follow looks at the questions that no filter can be in the way of, and takes a slower pace
// where too many of the last ones were lost, and a faster one where none was.
func (s *session) follow(now time.Time) {
	p := &s.pace
	decided := s.decided(p.from, now)
	if !p.slow() {
		suspected, most := 0, 0
		for _, one := range decided {
			if one.answered() {
				suspected = max(0, suspected-answerTakes)
			} else {
				suspected += lostAdds
				most = max(most, suspected)
			}
		}
		if most >= suspicion || most > 0 && s.rtt.min >= crowd*firstGap {
			p.some = s.primary(now).loss() < leastLoss
			s.suspected = now
			s.take(firstGap, now)
		}
		return
	}
	if len(decided) < run {
		return
	}
	switch lost := lost(decided[len(decided)-run:]); {
	case lost == 0 && p.gap/2 > p.lossy && p.gap > firstGap:
		s.take(p.gap/2, now)
	case lost > 1 && p.gap < longestGap:
		p.lossy = p.gap
		s.take(min(p.gap<<(lost-1), longestGap), now)
	}
}

// take begins another pace.
func (s *session) take(gap time.Duration, now time.Time) {
	p := &s.pace
	if !p.slow() {
		p.slowed = s.sent
	}
	p.gap, p.from, p.next = gap, s.sent, now.Add(gap)
	s.weigh(now)
}

// weigh tells which packets say something of loss and filters. Before the first that was answered
// the way may not have been up. Of a slow session it is those at this pace, as a limit may not have borne the ones
// before, or all that were sent slowly, as loss and limits hit questions and controls alike: whichever says more.
func (s *session) weigh(now time.Time) {
	if !s.pace.slow() {
		up := false
		for _, p := range s.log {
			up = up || p.answered()
			p.void = !up
		}
		return
	}
	chance := func(from int) float64 {
		s.count(from)
		if q := s.focus(); q != nil {
			return s.controls(q, now).allLost(q.silent(now, s.timeout()))
		}
		return 1
	}
	if all := chance(s.pace.slowed); all >= chance(s.pace.from) {
		return
	}
	s.count(s.pace.slowed)
}

// count has a slow session's packets count from a number on. Of those before it does so if it is between two
// that were answered, since a limit takes what comes in a row.
func (s *session) count(from int) {
	open, passes := s.unfiltered(), false
	for _, p := range slices.Backward(s.log) {
		p.void = !passes
		if slices.Contains(open, p.trial) {
			passes = p.answered()
		}
	}
	passes = true
	for _, p := range s.log {
		p.void = p.number < from && (p.void || !passes || s.pace.some && p.trial.change != stun.ChangeRequest{})
		if slices.Contains(open, p.trial) {
			passes = p.answered()
		}
	}
}

// unfiltered lists the questions that no filter can be in the way of and that are known to be answered.
func (s *session) unfiltered() []*trial {
	list := s.open4()
	if v := s.trials.verify; v != nil && v.answered() {
		list = append(list, v)
	}
	return list
}

// decided returns the questions that no filter can be in the way of and whose fate is
// known, from a number on and in the order in which they were sent.
func (s *session) decided(from int, now time.Time) []*packet {
	open := s.unfiltered()
	if s.pace.slow() {
		open = append(open, s.elsewhere()...)
	}
	var list []*packet
	for _, p := range s.log[from:] {
		if !slices.Contains(open, p.trial) || p.void && !s.pace.slow() {
			continue
		}
		if p.answered() || now.Sub(p.sent) >= s.timeout() {
			list = append(list, p)
		} else if s.pace.slow() {
			break // answers are known sooner than losses
		}
	}
	return list
}

func lost(list []*packet) int {
	n := 0
	for _, p := range list {
		if !p.answered() {
			n++
		}
	}
	return n
}

// share is the share of packets that were lost.
func share(list []*packet) float64 { return float64(lost(list)) / float64(max(len(list), 1)) }

// crawl sends the next packet at a slow pace: the question that is wanted most or, where more than a
// limit may be in its way, a control. The dice say which, so that a limit hits both kinds alike,
// whatever it is that it lets through.
func (s *session) crawl(now time.Time) {
	p := &s.pace
	q := s.mostWanted(now)
	if q == nil || now.Before(p.next) {
		return
	}
	p.next = now.Add(s.jitter(p.gap))
	verify, beside := s.trials.verify, s.controlOf(q)
	unseen := beside == verify && !verify.answered()
	if unseen && s.accusation != "" {
		// Whether the server sends such answers at all comes first.
		q, beside, unseen = verify, s.trials.filter, false
	}
	switch {
	case q.tries() == 0, slices.Contains(s.unfiltered(), q):
		s.ask(q, nil, now)
	case unseen && s.dice.IntN(3) == 0:
		s.ask(s.trials.filter, nil, now)
	case p.control == nil, p.control.trial != beside, s.dice.IntN(2) == 0:
		p.control = s.ask(beside, nil, now)
	default:
		s.ask(q, p.control, now)
	}
}

// mostWanted returns the question that a slow session asks next, nil if it waits for
// answers.
func (s *session) mostWanted(now time.Time) *trial {
	for _, q := range s.wanted() {
		if q.due(now, s.timeout()) {
			return q
		}
	}
	if q := s.trials.redirect; q != nil && !s.redirected(now) && q.due(now, s.timeout()) {
		return q
	}
	if focus := s.focus(); focus != nil && !s.enough(focus, now) {
		return focus
	}
	return nil
}

// jitter spreads the packets of sessions that have begun at the same time.
func (s *session) jitter(d time.Duration) time.Duration {
	return d*3/4 + time.Duration(s.dice.Int64N(int64(d/2)))
}
