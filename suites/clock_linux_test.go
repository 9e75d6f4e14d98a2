package suites_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
)

// TestAgedClockIsReal: for the timers that can be waited for, the verdicts on the
// kernel's NAT are the same whether time is let pass or waited for. REQ-5b sets
// the namespace's timers to ten seconds; the refresh specs meet the kernel's own
// of half a minute. What real hosts send on their own, such as keep-alives, comes
// after a real wait alone. All waits overlap.
func TestAgedClockIsReal(t *testing.T) {
	t.Parallel()
	verdicts := func(clock string) map[string]reports.Verdict {
		run, err := suites.Run(t.Context(), suites.Config{
			Clock: clock, Only: []string{"rfc4787.req-5b", "rfc4787.req-6", "rfc4787.req-6a", "rfc4787.req-1",
				"hosts.websocket-*", "hosts.quic-*", "hosts.tcp-keepalive"},
		})
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"auto": "aged", "real": "real"}[clock]
		got := map[string]reports.Verdict{}
		for _, r := range run.Results {
			got[r.Spec] = r.Verdict
			if r.Clock != want {
				t.Errorf("%s: taken on the %s clock, want %s", r.Spec, r.Clock, want)
			}
			if r.Verdict == reports.Error || r.Verdict == reports.Inconclusive {
				t.Errorf("%s: %s: %s", r.Spec, r.Verdict, r.Reason)
			}
		}
		return got
	}
	aged, real := verdicts("auto"), verdicts("real")
	if len(aged) == 0 {
		t.Fatal("no spec was run")
	}
	if diff := cmp.Diff(real, aged); diff != "" {
		t.Errorf("verdicts (-real +aged):\n%s", diff)
	}
}
