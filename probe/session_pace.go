package probe

import (
	"cmp"
	"slices"
	"time"
)

const (
	// budget is how many packets a measurement sends at most as long as it has no
	// verdict, to all servers together.
	budget = 100
	// suspicion is how much of it has a session suspect a limit. Each question that is
	// lost, and that no filter can hold back, adds two thirds of what an answer takes away:
	// seven in a row are enough. Loss alone does that seldom.
	suspicion, lostAdds, answerTakes = 14, 2, 3
	// leastLoss is the share of the questions to the server's first address that a limit
	// takes at least. A bad path to its other address takes none of them.
	leastLoss = 0.45
	// bearable is the share that may be lost at a pace that a limit bears.
	bearable = 0.1
	// crowd is how many questions are looked at at a slow pace, and how many controls are
	// sent at once when the first question has been lost. EnoughLost is how many
	// of them are lost where a slower one still is of use. Where tooLost are lost at the
	// slowest, speed would not help either.
	crowd, enoughLost, tooLost = 6, 3, 5
	// careful is how many packets are under way at most when one has been lost.
	careful = 8
)

// paces are the times between two packets of a session that suspects a limit, each
// longer than the one before.
var paces = []time.Duration{60 * time.Millisecond, 120 * time.Millisecond, 250 * time.Millisecond}

// A pace is how fast a session asks. It asks at once what it has to ask until it
// suspects that a server, a NAT or a network on the way lets only so many packets
// through in a time. Then it sends one packet after another. At a pace that the limit
// bears nothing is lost, so only what was sent at that pace tells of loss and filters.
type pace struct {
	steps int // of paces that were taken so far
	next  time.Time
	turn  int // the number of packets at this pace
	// useless says that a slower pace loses as much, so that it is no limit.
	useless bool
	// control is the last one that was sent, waiting the question whose control comes
	// next.
	control, waiting *packet
}

func (p *pace) slow() bool { return p.steps > 0 && !p.useless }

func (p *pace) gap() time.Duration { return paces[p.steps-1] }

// slowDown looks at the questions that no filter can be in the way of, and takes a
// slower pace where too many of the last ones were lost.
func (s *session) slowDown(now time.Time) {
	p := &s.pace
	decided := s.decided(now)
	suspected, most, lost := 0, 0, 0
	for i, one := range decided {
		if one.answered() {
			suspected = max(0, suspected-answerTakes)
			continue
		}
		suspected += lostAdds
		most = max(most, suspected)
		if i >= len(decided)-crowd {
			lost++
		}
	}
	missed, _ := s.examination(now)
	switch {
	case p.useless, p.steps > 0 && lost < enoughLost,
		p.steps == 0 && missed < enoughLost && (most < suspicion || s.primary(now).loss() < leastLoss):
		return
	case p.steps == len(paces) && len(decided) >= crowd && lost < tooLost:
		// It is loss, which no pace is good against.
		p.useless = true
		s.voidAll(false)
		return
	case p.steps == len(paces):
		return // a limit that is too low, or loss that nothing is good against
	}
	p.steps++
	p.turn, p.next = 0, now
	s.voidAll(true)
}

func (s *session) voidAll(void bool) {
	for _, p := range s.packets {
		p.void = void
	}
}

// decided returns the questions that no filter can be in the way of and whose fate is
// known, in the order in which they were sent at this pace.
func (s *session) decided(now time.Time) []*packet {
	var list []*packet
	questions := s.open4()
	if v := s.trials.verify; v != nil && v.answered() {
		questions = append(questions, v)
	}
	for _, q := range questions {
		for _, p := range q.copies {
			if !p.void && (p.answered() || now.Sub(p.sent) >= s.timeout()) {
				list = append(list, p)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b *packet) int { return cmp.Compare(a.number, b.number) })
	return list
}

// crawl sends the next packet at a slow pace. Controls and questions take turns in
// the order control, question, question, control: a limit that lets every other packet
// through, or every third, does not always hit the same kind.
func (s *session) crawl(now time.Time) {
	p := &s.pace
	q := s.mostWanted(now)
	if q == nil || now.Before(p.next) {
		return
	}
	beside := s.controlOf(q)
	// Another question may have become the next one since its turn.
	if p.turn%4 == 1 && p.control != nil && p.control.trial != beside {
		p.turn--
	}
	switch p.turn % 4 {
	case 0:
		p.control = s.ask(beside, nil, now)
	case 1:
		s.ask(q, p.control, now)
	case 2:
		// Until its control is sent, it counts for nothing.
		p.waiting = s.ask(q, &packet{trial: beside, after: -1, sent: now}, now)
	case 3:
		if p.waiting != nil {
			beside = s.controlOf(p.waiting.trial)
		}
		p.control = s.ask(beside, nil, now)
		if p.waiting != nil {
			p.waiting.control = p.control
		}
	}
	p.turn++
	p.next = now.Add(s.jitter(p.gap()))
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
