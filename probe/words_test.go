package probe_test

import (
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
)

func TestSpanWords(t *testing.T) {
	short, long := probe.Millis(110*time.Second), probe.Millis(125*time.Second)
	for s, want := range map[probe.Span]string{
		{}: "not determined", {AtLeast: long}: "at least 2 min 5 s", {Below: short}: "less than 1 min 50 s",
		{AtLeast: short, Below: long}: "between 1 min 50 s and 2 min 5 s",
	} {
		if got := s.String(); got != want {
			t.Errorf("%+v reads %q, want %q", s, got, want)
		}
	}
}
