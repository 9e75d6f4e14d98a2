package suites_test

import (
	"testing"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
)

// Timers of two seconds are too short for REQ-5, and what refreshes them is judged
// as soon as they are over.
func TestTwoSecondTimers(t *testing.T) {
	t.Parallel()
	nat := script(t,
		"for t in timeout timeout_stream; do echo 2 >/proc/sys/net/netfilter/nf_conntrack_udp_$t || exit 1; done",
		"nft 'add table ip n; add chain ip n p { type nat hook postrouting priority 100; }' || exit 1",
		"nft 'add rule ip n p oifname outside masquerade' || exit 1",
		"echo ready conntrack", stay)
	run, err := suites.Run(t.Context(), suites.Config{
		NAT: nat, Only: []string{"rfc4787.req-5", "rfc4787.req-6", "rfc4787.req-6a"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]reports.Verdict{
		"rfc4787.req-5": reports.Fail, "rfc4787.req-6": reports.Pass, "rfc4787.req-6a": reports.Pass,
	}
	for _, r := range run.Results {
		if r.Requirement == "rfc4787.req-5" && r.IdleMS == 0 && r.Verdict == reports.Pass {
			continue // it asks what a mapping in use is, and not for how long it is one
		}
		if r.Verdict != want[r.Requirement] {
			t.Errorf("%s: %s, want %s: %s", r.Requirement, r.Verdict, want[r.Requirement], r.Reason)
		}
	}
	if len(run.Results) != 19 {
		t.Errorf("%d results, want 19", len(run.Results))
	}
}
