package probe

import (
	"hash/fnv"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// repeat asks every question once more that needs an answer and has waited long
// enough for it. Repetitions get a control among them, to tell loss from deafness. The
// dice say where, and which comes first: a limit that lets the first packet of each
// round through must not always hit the same ones. When the first question has been lost
// there are many controls at once: a limit takes most of them, and loss some.
func (s *session) repeat(now time.Time) {
	var list []*trial
	again := false
	for _, t := range s.wanted() {
		if t.due(now, s.timeout()) {
			list = append(list, t)
			again = again || t.asked()
		}
	}
	if len(list) == 0 {
		return
	}
	if !again {
		for _, t := range list {
			s.ask(t, nil, now)
		}
		return
	}
	control := &packet{trial: s.trials.filter, after: -1}
	list = append(list, s.trials.filter)
	if !s.tested && s.primary(now).lost > 0 {
		s.tested = true
		list = append(list, slices.Repeat([]*trial{s.trials.filter}, crowd)...)
	}
	first := s.dice.IntN(len(list))
	var asked []*packet
	for i := range list {
		p := s.ask(list[(first+i)%len(list)], nil, now)
		if p == nil {
			return
		}
		if p.trial == s.trials.filter {
			control = p
		} else if len(p.trial.copies) > 1 {
			asked = append(asked, p)
		}
	}
	for _, p := range asked {
		p.control = control
	}
}

// wanted lists the questions that are to be repeated until they are answered.
func (s *session) wanted() []*trial {
	t := &s.trials
	var list []*trial
	for _, q := range append([]*trial{t.home}, s.elsewhere()...) {
		if !q.answered() && !q.deaf {
			list = append(list, q)
		}
	}
	_, again := t.again.answeredSent()
	if !t.again.asked() || again.Before(s.suspected) || s.unsure() {
		list = append(list, t.again)
	}
	if t.fresh == nil && s.deaf() {
		t.fresh = &trial{socket: freshSocket, hears: freshSocket, to: s.server}
	}
	if q := t.fresh; q != nil && !q.answered() && q.tries() < blindTries {
		list = append(list, q)
	}
	if !t.otherAddr.asked() && !t.otherAddr.deaf && max(t.otherPort.unanswered(), t.otherBoth.unanswered()) > 1 {
		list = append(list, t.otherAddr)
	}
	if q := t.twin; q != nil && !q.answered() {
		list = append(list, q)
	}
	for _, q := range s.spares() {
		if !q.answered() && q.tries() < spareTries {
			list = append(list, q)
		}
	}
	return list
}

// diceOf returns dice that fall differently for sessions of other sockets, and alike for the
// same.
func diceOf(server netip.AddrPort, local []netip.AddrPort) *rand.Rand {
	sum := fnv.New64a()
	for _, end := range append([]netip.AddrPort{server}, local...) {
		_, _ = sum.Write([]byte(end.String())) // it takes everything
	}
	return rand.New(rand.NewPCG(sum.Sum64(), 0))
}
