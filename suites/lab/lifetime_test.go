package lab

import (
	"strings"
	"testing"
	"time"
)

// The search is over in the window around the NAT's lifetime, however short, and
// says what an outbound packet does to it.
func TestAcrossLifetime(t *testing.T) {
	for _, test := range []struct {
		lifetime, ends time.Duration
		why            string // the search cannot tell; empty: it can
	}{
		{time.Second, time.Second, "dead after 1s"},
		{1500 * time.Millisecond, 2 * time.Second, ""},
		{2 * time.Second, 2 * time.Second, ""},
		{5 * time.Second, 5 * time.Second, ""},
		{5500 * time.Millisecond, 9 * time.Second, ""},
		{30 * time.Second, 32 * time.Second, ""},
		{300 * time.Second, 440 * time.Second, ""},
		{time.Hour, LongestSearch, "still alive after 12m50s"},
	} {
		for nat, refreshes := range map[string]bool{"memory": true, "memory:no-outbound-refresh": false} {
			l := newTestLab(t, nat, Setup{Policy: Policy{UDPTimeout: test.lifetime}}, nothing)
			var refreshed Refreshed
			why := ending(func() {
				refreshed = l.AcrossLifetime(t.Context(), l.UDP("X:46001"), l.UDP("Y1:5000"), func(flow *Flow) {
					flow.X.Sends(t.Context(), flow.Y.Addr())
				})
			})
			if (why == "") != (test.why == "") || !strings.Contains(why, test.why) {
				t.Errorf("%s, %v: ended with %q, want %q", nat, test.lifetime, why, test.why)
			}
			if l.idle != test.ends {
				t.Errorf("%s, %v: the search took %v, want %v", nat, test.lifetime, l.idle, test.ends)
			}
			if got := refreshed.AtEnd.Arrival != nil; got != (refreshes && why == "") {
				t.Errorf("%s, %v: refreshed %t", nat, test.lifetime, got)
			}
		}
	}
}

func TestJustBefore(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	if got, want := l.JustBefore(time.Minute), time.Minute-time.Millisecond; got != want {
		t.Errorf("%v, want %v", got, want)
	}
}
