package suites_test

import (
	"strings"
	"testing"

	"github.com/natproof/natproof/reports"
)

// TestMissingPremiseIsShown: a spec that cannot be judged, since what it builds on does not
// work, shows that as a failure does.
func TestMissingPremiseIsShown(t *testing.T) {
	judged := false
	for _, r := range judge(t, memory+":no-hairpin", []string{"rfc4787.req-9a"}) {
		if r.Verdict != reports.Inconclusive {
			continue
		}
		judged = true
		if len(r.Observations) != 1 {
			t.Fatalf("%s: %+v", r.Spec, r.Observations)
		}
		o := r.Observations[0]
		if !strings.HasPrefix(o.Expected, "X2:") || !strings.HasPrefix(o.Actual, "nothing, while the controls") {
			t.Errorf("expected %q, came %q", o.Expected, o.Actual)
		}
		marked := 0
		for _, rung := range r.Evidence.Ladder.Rungs {
			if rung.Decided || rung.Expected != nil {
				marked++
			}
		}
		if marked != 2 {
			t.Errorf("%d rungs are marked, not what was sent and what had to come", marked)
		}
	}
	if !judged {
		t.Error("no spec was inconclusive")
	}
}

// TestOnlyBrokenPacketsAreMarked: of packets that must all be translated, those that were are
// not what decided, whichever was heard last.
func TestOnlyBrokenPacketsAreMarked(t *testing.T) {
	marked := 0
	for _, r := range judge(t, memory+":options-leak", []string{"wire.inside-address"}) {
		for _, rung := range r.Evidence.Ladder.Rungs {
			if !rung.Decided {
				continue
			}
			marked++
			if p := rung.Packet; p == nil || p.Side != "outside" || !strings.HasPrefix(p.Src, "192.168.") {
				t.Errorf("%s: %+v is marked", r.Spec, rung)
			}
		}
	}
	if marked == 0 {
		t.Error("nothing is marked")
	}
}

// checkShown wants of a failed result what a reader needs to see why: what was sent, what had
// to come and what came, and in the ladder what decided, or what did not come.
func checkShown(t *testing.T, r reports.Result) {
	t.Helper()
	if r.Verdict != reports.Fail {
		return
	}
	if len(r.Observations) == 0 {
		t.Errorf("%s: nothing says what was expected and what came: %s\n%s", r.Requirement, r.Spec, r.Reason)
	}
	for _, o := range r.Observations {
		if o.Stimulus == "" || o.Expected == "" || o.Actual == "" || o.Expected == o.Actual {
			t.Errorf("%s: %s: %+v\n%s", r.Requirement, r.Spec, o, r.Reason)
		}
		for _, text := range []string{o.Stimulus, o.Expected, o.Actual} {
			if strings.Contains(text, "%!") || strings.Contains(text, "invalid AddrPort") {
				t.Errorf("%s: %q is for nobody to read: %s", r.Requirement, text, r.Spec)
			}
		}
	}
	if len(r.Evidence.Ladder.Rungs) == 0 {
		return // nothing but ARP was on the wire
	}
	for _, rung := range r.Evidence.Ladder.Rungs {
		if rung.Decided || rung.Expected != nil {
			return
		}
	}
	t.Errorf("%s: the ladder marks nothing: %s\n%s", r.Requirement, r.Spec, r.Reason)
}

// TestWhatIsDueLaterIsDrawnLater: an answer that the NAT has to give after some seconds is drawn
// where they have passed.
func TestWhatIsDueLaterIsDrawnLater(t *testing.T) {
	drawn := 0
	for _, r := range judge(t, memory+":calls-never-answered", []string{"rfc5382.req-4-icmp"}) {
		var sent float64
		for _, rung := range r.Evidence.Ladder.Rungs {
			if rung.Decided {
				sent = rung.AtMS
			}
			if rung.Expected == nil {
				continue
			}
			if drawn++; rung.AtMS < sent+6000 {
				t.Errorf("%s: it is drawn %v ms after the SYN", r.Spec, rung.AtMS-sent)
			}
		}
	}
	if drawn == 0 {
		t.Error("no answer is drawn")
	}
}
