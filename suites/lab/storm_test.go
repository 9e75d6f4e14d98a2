package lab

import (
	"strings"
	"testing"
	"time"
)

func TestBeLimitedTo(t *testing.T) {
	m := BeLimitedTo(20)
	for _, test := range []struct {
		storm Storm
		right bool
	}{
		{Storm{Begun: 300, Seen: 20}, true},
		{Storm{Begun: 300, Seen: 40}, true},
		{Storm{Begun: 300, Seen: 41}, false},
		{Storm{Begun: 300, Seen: 60, Took: time.Second}, true},
		{Storm{Begun: 300}, false},
	} {
		if ok, err := m.Match(test.storm); ok != test.right || err != nil {
			t.Errorf("%v: %t, %v", test.storm, ok, err)
		}
	}
	const want = "of 300 sessions begun within 1s, 0 are seen outside; with 20 a second at most, there must be 1 to 60"
	if got := m.FailureMessage(Storm{Begun: 300, Took: time.Second}); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := m.Match(300); err == nil {
		t.Error("no error for a number")
	}
}

func TestPremiseStorm(t *testing.T) {
	slow := Storm{Begun: 300, Seen: 300, Took: time.Minute}
	l := &Lab{fail: func(message string, _ ...int) { panic(failure(message)) }}
	if got := ending(func() { l.PremiseStorm(slow, 20) }); !strings.Contains(got, "would have let through") {
		t.Errorf("a slow storm: %q", got)
	}
}
