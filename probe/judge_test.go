package probe

import (
	"net/netip"
	"testing"
	"time"

	"github.com/natproof/natproof/probe/stun"
)

// Every endpoint's word counts for what a mapping depends on.
func TestCompare(t *testing.T) {
	at := func(text string) netip.AddrPort { return netip.MustParseAddrPort("198.51.100." + text) }
	for _, test := range []struct {
		home, port, addr, both string
		want                   Dependence
	}{
		{"1:1", "1:1", "1:1", "1:1", EndpointIndependent},
		{"1:1", "1:1", "1:2", "1:2", AddressDependent},
		{"1:1", "1:1", "2:1", "2:1", AddressDependent},
		{"1:1", "1:2", "1:3", "1:4", AddressAndPortDependent},
		{"1:1", "1:2", "1:1", "1:1", AddressAndPortDependent},
		{"1:1", "1:1", "1:2", "1:1", AddressAndPortDependent},
		{"1:1", "1:1", "1:1", "1:2", AddressAndPortDependent},
		{"1:1", "1:1", "1:1", "2:1", AddressAndPortDependent},
		{"1:1", "1:2", "1:3", "1:3", AddressAndPortDependent},
		{"1:1", "1:1", "1:2", "1:3", AddressAndPortDependent},
	} {
		got := compare(at(test.home), at(test.port), at(test.addr), at(test.both))
		if got != test.want {
			t.Errorf("seen at %s, %s, %s and %s: %v, want %v",
				test.home, test.port, test.addr, test.both, got, test.want)
		}
	}
}

// An asked question has a copy for each time; a negative one was lost.
func asked(times ...time.Duration) *trial {
	q := &trial{to: near}
	for _, at := range times {
		p := &packet{trial: q, after: time.Millisecond}
		if at < 0 {
			p.after, at = -1, -at
		}
		p.sent = noon.Add(at)
		q.copies = append(q.copies, p)
	}
	return q
}

// A difference by destination counts only if the primary endpoint has seen the
// socket once more after each of the others.
func TestStillSeen(t *testing.T) {
	for _, test := range []struct {
		port, addr, both, again *trial
		want                    bool
	}{
		{asked(1), asked(2), asked(3), asked(4), true},
		{asked(1), asked(2), asked(3), asked(3), true},
		{asked(1, 9), asked(2, 9), asked(3, 9), asked(4), true}, // later copies change nothing
		{asked(1), asked(2), asked(3), asked(0, 4), true},
		{asked(1), asked(2), asked(3), asked(0, -4), false},
		{asked(5), asked(2), asked(3), asked(4), false},
		{asked(1), asked(5), asked(3), asked(4), true}, // it does not take part
		{asked(1), asked(2), asked(5), asked(4), false},
		{asked(), asked(2), asked(3), asked(4), false},
		{asked(1), asked(2), asked(3), asked(), false},
	} {
		s, _ := begun(t)
		s.trials.otherPort, s.trials.otherAddr, s.trials.otherBoth = test.port, test.addr, test.both
		s.trials.again = test.again
		s.trials.home = asked(0)
		for i, q := range []*trial{s.trials.home, test.port, test.addr, test.both} {
			q.answer = &stun.Response{XORMapped: netip.AddrPortFrom(seen.Addr(), 40000+uint16(i))}
		}
		if got := s.stillSeen(); got != test.want {
			t.Errorf("the others at %v, %v, %v and home again at %v: %v, want %v", times(test.port), times(test.addr),
				times(test.both), times(test.again), got, test.want)
		}
		s.judgeMapping(noon.Add(time.Millisecond))
		if judged := s.verdict.mapping == AddressAndPortDependent; judged != test.want {
			t.Errorf("the others at %v, %v, %v and home again at %v: mapping %v", times(test.port), times(test.addr),
				times(test.both), times(test.again), s.verdict.mapping)
		}
	}
}

func times(q *trial) []time.Duration {
	var list []time.Duration
	for _, p := range q.copies {
		list = append(list, p.sent.Sub(noon))
	}
	return list
}

// An endpoint that is silent is deaf only if loss cannot explain it: there must be
// enough copies, and enough answers of the primary endpoint beside them.
func TestDeafEndpoint(t *testing.T) {
	repeated := func(n int, at time.Duration) []time.Duration {
		list := make([]time.Duration, n)
		for i := range list {
			list[i] = at
		}
		return list
	}
	const tick = time.Millisecond
	for _, test := range []struct {
		name                   string
		answered, lost, silent int
		deaf                   bool
	}{
		{"no loss", 40, 0, deafTries, true},
		{"too few copies", 400, 0, deafTries - 1, false},
		{"too few controls", 3, 0, deafTries, false},
		{"much loss", 20, 20, deafTries, false},
	} {
		for endpoint := range 3 {
			s, _ := begun(t)
			s.rtt.add(10 * tick)
			lost := repeated(test.lost, -tick)
			s.trials.filter = asked(append(repeated(test.answered, tick), lost...)...)
			for _, q := range []*trial{s.trials.home, s.trials.spare, s.trials.spare2} {
				q.copies = nil
			}
			deaf := asked(repeated(test.silent, -tick)...)
			deaf.to = other
			*[]**trial{&s.trials.otherPort, &s.trials.otherAddr, &s.trials.otherBoth}[endpoint] = deaf
			s.judgeMapping(noon.Add(time.Second))
			if deaf.deaf != test.deaf || s.deaf() != test.deaf || s.outcome.done {
				t.Errorf("%s, endpoint %d: deaf %v, want %v, %+v", test.name, endpoint, deaf.deaf, test.deaf, s.outcome)
			}
		}
	}
}
