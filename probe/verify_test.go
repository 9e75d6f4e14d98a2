package probe

import (
	"net/netip"
	"testing"
	"time"

	"github.com/natproof/natproof/probe/stun"
)

// A way past the filter needs the same external address toward both endpoints,
// and RESPONSE-PORT where the ports differ.
func TestVerification(t *testing.T) {
	for open, want := range map[string]int{
		"198.51.100.1:40000": 0, "198.51.100.1:50000": 50000, "198.51.100.2:40000": -1,
	} {
		s, _ := begun(t)
		s.trials.home.answer = &stun.Response{XORMapped: seen}
		s.trials.otherPort.answer = &stun.Response{XORMapped: netip.MustParseAddrPort(open)}
		q, got := s.verification(s.trials.port), -1
		if q != nil {
			got = int(q.responsePort)
		}
		if got != want {
			t.Errorf("seen as %v and %s: RESPONSE-PORT %d, want %d", seen, open, got, want)
		}
	}
}

// Only silence beside answers that show that the server sends them confirms a
// filter.
func TestConfirmed(t *testing.T) {
	s, _ := begun(t)
	s.rtt.add(time.Millisecond)
	s.trials.verify = asked(0, 0, 0)
	focus := asked(-1, -1, -1)
	for i, p := range focus.copies {
		p.control = s.trials.verify.copies[i]
	}
	lost := s.trials.verify.copies[1]
	lost.after = -1
	if s.confirmed(focus, noon.Add(time.Second)) {
		t.Error("confirmed with an answer missing")
	}
	lost.after = 0
	if !s.confirmed(focus, noon.Add(time.Second)) || s.verdict.verified != Yes {
		t.Error("not confirmed with all answers")
	}
}

// Errors in answer to either question show that the server lacks RESPONSE-PORT.
func TestLacksResponsePort(t *testing.T) {
	for _, test := range []struct {
		redirect, verify int
		want             bool
	}{{0, 0, false}, {1, 1, false}, {blindRefusals, 0, true}, {0, blindRefusals, true}} {
		s, _ := begun(t)
		s.trials.redirect, s.trials.verify = &trial{refusals: test.redirect}, &trial{refusals: test.verify}
		if got := s.lacksResponsePort(noon); got != test.want {
			t.Errorf("%d and %d errors: %v, want %v", test.redirect, test.verify, got, test.want)
		}
	}
}
