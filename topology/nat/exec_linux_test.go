package nat

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"
)

// everything is a policy that asks for all there is.
var everything = Policy{
	Hairpin:    true,
	Pool:       pool[1:],
	Static:     []Pair{{x, pool[0]}},
	Forwards:   []Forward{{"udp", at(external, 53), at(x, 5353)}, {"tcp", at(external, 80), at(x, 8080)}},
	UDPTimeout: 1500 * time.Millisecond,
}

// programStarts returns what starts this test program as a NAT.
func programStarts(t *testing.T, behaviour string) Starter {
	t.Helper()
	self, err := os.Executable()
	check(t, err)
	t.Setenv(behaviourVariable, behaviour)
	driver, err := Lookup("exec:" + self)
	check(t, err)
	return prepare(t, driver)
}

// startProgram starts this test program as a NAT.
func startProgram(ctx context.Context, t *testing.T, behaviour string, policy Policy) (NAT, error) {
	t.Helper()
	n, err := programStarts(t, behaviour).Start(ctx, newLab(t).site, policy)
	if err == nil {
		t.Cleanup(func() { check(t, n.Close()) })
	}
	return n, err
}

func wantText(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("got %q, want it to contain %q", text, part)
		}
	}
}

func wantNoText(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("got %q, want no %q in it", text, part)
		}
	}
}

func TestExecIsTold(t *testing.T) {
	file := filepath.Join(t.TempDir(), "told")
	t.Setenv(fileVariable, file)
	n, err := startProgram(t.Context(), t, "reports", everything)
	check(t, err)
	if err := n.Err(); err != nil {
		t.Errorf("while it runs: %v", err)
	}
	data, err := os.ReadFile(file)
	check(t, err)
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	// What the tests were given themselves is no part of the contract.
	given := os.Environ()
	lines = slices.DeleteFunc(lines, func(line string) bool { return slices.Contains(given, line) })
	policy, err := encodePolicy(everything)
	check(t, err)
	want := append([]string{strings.TrimSpace(string(policy)), "NATPROOF_DIR is empty and can be written to"},
		Environment(newLab(t).site, everything)...)
	sortLines := cmpopts.SortSlices(func(a, b string) bool { return a < b })
	if diff := cmp.Diff(want, lines, sortLines); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	check(t, n.Close())
	check(t, n.Close())
}

func TestExecFails(t *testing.T) {
	pooled := Policy{Pool: pool}
	const early, late, foreground = `before it said "ready"`, `after it said "ready"`, "stay in the foreground"
	tests := map[string]struct {
		behaviour   string
		policy      Policy
		unsupported bool
		want        []string
	}{
		"unsupported": {"unsupported", pooled, true,
			[]string{filepath.Base(os.Args[0]), "exit status 127", "this is unsupported"}},
		"refuses plain": {"unsupported", Policy{}, false,
			[]string{"refuses even the plain policy", "exit status 127", "this is unsupported"}},
		"dies early":         {"dies-early", pooled, false, []string{early, "exit status 3", "this is dies-early"}},
		"ends early":         {"ends", pooled, false, []string{early, "exit status 0", foreground}},
		"ends halfway":       {"ends-halfway", pooled, false, []string{late, "exit status 0", foreground}},
		"dies halfway":       {"dies-halfway", pooled, false, []string{late, "exit status 4", "this is dies-halfway"}},
		"crashes":            {"crashes", pooled, false, []string{early, "exit status 137, as of signal 9 (killed)"}},
		"shows what is last": {"chatters", Policy{}, false, []string{"line 29", "line 25"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			n, err := startProgram(t.Context(), t, test.behaviour, test.policy)
			if err == nil {
				err = ending(t, n)
			}
			if errors.Is(err, ErrUnsupported) != test.unsupported {
				t.Errorf("got %v, want it unsupported: %v", err, test.unsupported)
			}
			wantText(t, err.Error(), append(test.want, "nat: exec: ")...)
			wantNoText(t, err.Error(), "line 24")
		})
	}
}

// ending waits until a NAT has ended and returns why.
func ending(t *testing.T, n NAT) error {
	t.Helper()
	select {
	case <-n.Done():
	case <-time.After(5 * time.Second):
		t.Fatal("the NAT is said to run still")
	}
	err := n.Err()
	if err == nil {
		t.Fatal("the NAT has ended, but not by an error")
	}
	return err
}

// The end of a program is noticed while nobody asks for it.
func TestExecDiesLater(t *testing.T) {
	n, err := startProgram(t.Context(), t, "dies-later", Policy{})
	check(t, err)
	select {
	case <-n.Done():
		t.Error("it has ended before its time")
	default:
	}
	wantText(t, ending(t, n).Error(), "after it said \"ready\"", "exit status 5")
}

func TestExecHangs(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	start := time.Now()
	_, err := startProgram(ctx, t, "hangs", Policy{})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v, want %v", err, context.DeadlineExceeded)
	}
	wantText(t, err.Error(), `did not say "ready" within `, `it said "starting", "Ready!"`, "this is hangs")
	if took := time.Since(start); took > readyTime {
		t.Errorf("it took %v", took)
	}
}

func TestExecStubborn(t *testing.T) {
	n, err := startProgram(t.Context(), t, "stubborn", Policy{})
	check(t, err)
	start := time.Now()
	check(t, n.Close())
	if took := time.Since(start); took < termTime || took > termTime+10*time.Second {
		t.Errorf("closing took %v, want %v", took, termTime)
	}
	wantText(t, n.Log(), "killed")
}

func TestExecFloods(t *testing.T) {
	n, err := startProgram(t.Context(), t, "floods", Policy{})
	check(t, err)
	if size := len(n.Log()); size == 0 || size > 8<<10 {
		t.Errorf("the log has %d bytes", size)
	}
}

func TestExecLeavesNothingBehind(t *testing.T) {
	lock, err := os.Create(filepath.Join(t.TempDir(), "lock"))
	check(t, err)
	defer func() { check(t, lock.Close()) }()
	t.Setenv(lockVariable, lock.Name())
	n, err := startProgram(t.Context(), t, "children", Policy{})
	check(t, err)
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); !errors.Is(err, unix.EWOULDBLOCK) {
		t.Fatalf("the child does not hold its lock: %v", err)
	}
	check(t, n.Close())
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		t.Errorf("the child still holds its lock: %v", err)
	}
}
