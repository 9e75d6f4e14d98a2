package suites_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
	"github.com/natproof/natproof/topology/nat"
)

// script writes a NAT that is a shell script.
func script(t *testing.T, lines ...string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "nat.sh")
	text := "#!/bin/sh\n" + strings.Join(lines, "\n") + "\n"
	if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return "exec:" + name
}

const stay = "trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done"

// The NAT's first start tells which clock it is judged on. Specs that wait have
// workers of their own only where the clock is real.
func TestFirstStartTellsTheClock(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		ready string
		want  string
	}{{"ready", "real"}, {"ready conntrack", "aged"}} {
		run, err := suites.Run(t.Context(), suites.Config{
			NAT: script(t, "echo "+test.ready, stay), Only: []string{"rfc4787.req-5", "rfc4787.req-8"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if run.Clock != test.want {
			t.Errorf("%q: a run on the %s clock, want %s", test.ready, run.Clock, test.want)
		}
		if run.NotRun != 0 || len(run.Results) == 0 {
			t.Errorf("%q: %d results, %d not run", test.ready, len(run.Results), run.NotRun)
		}
		for _, r := range run.Results { // nothing is translated
			if r.Verdict != reports.Inconclusive || r.Clock != test.want {
				t.Errorf("%q: %s: %s on the %s clock: %s", test.ready, r.Spec, r.Verdict, r.Clock, r.Reason)
			}
		}
	}
}

// A NAT that dies while its timers are waited for is noticed at once.
func TestDeathEndsTheWait(t *testing.T) {
	t.Parallel()
	began := time.Now()
	nat := script(t,
		"nft 'add table ip n; add chain ip n p { type nat hook postrouting priority 100; }' || exit 1",
		"nft 'add rule ip n p oifname outside masquerade' || exit 1",
		"echo ready; sleep 2; echo 'out of memory' >&2; exit 9")
	run, err := suites.Run(t.Context(), suites.Config{
		NAT: nat, Clock: suites.ClockReal, Only: []string{"rfc4787.req-5"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range run.Results {
		if r.IdleMS == 0 && r.Verdict == reports.Pass {
			continue // what waits for nothing may be over by then
		}
		want := reports.Inconclusive
		if r.Requirement == "practice.stays-alive" {
			want = reports.Fail
		}
		if r.Verdict != want || !strings.Contains(r.Reason, "out of memory") {
			t.Errorf("%s: %s: %s", r.Spec, r.Verdict, r.Reason)
		}
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("the end came after %v", took)
	}
}

// A NAT that dies once it has said that it is ready has failed, and what it was
// to show meanwhile is not known. One that was never ready is not judged.
func TestDeath(t *testing.T) {
	t.Parallel()
	const (
		swallow = "nft 'add table ip n; " +
			"add chain ip n f { type filter hook forward priority 0; policy drop; }' || exit 1"
		packet = `grep -q 'inside: *[1-9]' /proc/net/dev`
	)
	for _, test := range []struct {
		name   string
		lines  []string
		words  string
		status int
	}{
		{"at the first packet", []string{swallow, "echo ready conntrack",
			"until " + packet + "; do sleep 0.01; done; echo 'bad packet' >&2; kill -SEGV $$"}, "bad packet", 1},
		{"once it is ready", []string{"echo ready", "echo 'out of luck' >&2; exit 7"}, "out of luck", 1},
		{"before it is ready", []string{"echo 'cannot begin' >&2; exit 7"}, "cannot begin", 3},
	} {
		nat := script(t, test.lines...)
		run, err := suites.Run(t.Context(), suites.Config{NAT: nat, Only: []string{"rfc4787.req-1"}})
		if got := run.ExitStatus(false); got != test.status {
			t.Errorf("%s: exit status %d, want %d; error %v", test.name, got, test.status, err)
		}
		if test.status == reports.ExitBroken {
			if err == nil || !strings.Contains(err.Error(), test.words) {
				t.Errorf("%s: error %v, want %q in it", test.name, err, test.words)
			}
			continue
		}
		for _, r := range run.Results {
			want := reports.Inconclusive
			if r.Requirement == "practice.stays-alive" {
				want = reports.Fail
			}
			if r.Verdict != want || !strings.Contains(r.Reason, test.words) {
				t.Errorf("%s: %s: %s: %s", test.name, r.Spec, r.Verdict, r.Reason)
			}
		}
	}
}

// A program that refuses even the plain policy breaks the run, once and with its
// last words; no spec is unsupported for that.
func TestPlainPolicyIsRefused(t *testing.T) {
	t.Parallel()
	run, err := suites.Run(t.Context(), suites.Config{NAT: script(t, "echo 'no module' >&2", "exit 127")})
	if err == nil || !strings.Contains(err.Error(), "no module") || !strings.Contains(err.Error(), "plain policy") {
		t.Errorf("error %v", err)
	}
	if len(run.Results) != 0 || run.ExitStatus(false) != 3 {
		t.Errorf("%d results, exit status %d", len(run.Results), run.ExitStatus(false))
	}
}

// What cannot be started at all is told before the run.
func TestUnfitProgram(t *testing.T) {
	for name, program := range map[string]string{
		"missing": "exec:" + filepath.Join(t.TempDir(), "nothing"), "a directory": "exec:" + t.TempDir(),
	} {
		var unfit *nat.UnfitError
		if err := suites.Check(suites.Config{NAT: program}); !errors.As(err, &unfit) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
