package nat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// behaviourVariable tells this test program to be a NAT, and which: the tests
// of the driver need programs that misbehave.
const behaviourVariable = "NATPROOF_TEST_BEHAVIOUR"

// lockVariable names a file that the background child keeps locked.
const lockVariable = "NATPROOF_TEST_LOCK"

func behave(name string) int {
	fmt.Fprintln(os.Stderr, "this is", name)
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	switch name {
	case "unsupported":
		return 127
	case "dies-early":
		return 3
	case "dies-halfway":
		fmt.Println("ready")
		return 4
	case "hangs":
		select {}
	case "stubborn":
		fmt.Println("ready")
		select {}
	case "floods":
		junk := bytes.Repeat([]byte("ready? not yet "), 1<<16)
		for range 32 {
			_, _ = os.Stdout.Write(junk)
			_, _ = os.Stderr.Write(junk)
			fmt.Fprintln(os.Stderr)
		}
		fmt.Println("\nready")
	case "children":
		if err := daemon(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Println("ready")
	case "daemon":
		select {}
	case "reports":
		_, _ = io.Copy(os.Stderr, os.Stdin)
		for _, variable := range os.Environ() {
			if strings.HasPrefix(variable, "NATPROOF_") && !strings.HasPrefix(variable, "NATPROOF_TEST") {
				fmt.Fprintln(os.Stderr, variable)
			}
		}
		fmt.Println("ready")
	}
	<-terminated
	return 0
}

// daemon starts a child in a session of its own, which ignores what happens to
// its parent and holds a lock, and its parent's output, for as long as it lives.
func daemon() error {
	file, err := os.Open(os.Getenv(lockVariable))
	if err != nil {
		return err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX); err != nil {
		return err
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), behaviourVariable+"=daemon")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.ExtraFiles = []*os.File{file}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Start()
}

// startProgram starts this test program as a NAT.
func startProgram(ctx context.Context, t *testing.T, behaviour string) (NAT, error) {
	t.Helper()
	self, err := os.Executable()
	check(t, err)
	t.Setenv(behaviourVariable, behaviour)
	driver, err := Lookup("exec:" + self)
	check(t, err)
	n, err := driver.Start(ctx, newLab(t).site, Policy{Hairpin: true, Static: []Pair{{x, pool[0]}}})
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

func TestExecIsTold(t *testing.T) {
	n, err := startProgram(t.Context(), t, "reports")
	check(t, err)
	if err := n.Err(); err != nil {
		t.Errorf("while it runs: %v", err)
	}
	// What it wrote has been read to the end once it is closed.
	check(t, n.Close())
	check(t, n.Close())
	wantText(t, n.Log(),
		`{"schema":"natproof.policy/1","pool":[],"static":[{"inside":"10.0.0.2","external":"203.0.113.20"}],"forwards":[],"hairpin":true,"udp_timeout":0}`,
		"NATPROOF_CONTRACT=1",
		"NATPROOF_INSIDE_IFACE=inside", "NATPROOF_INSIDE_PREFIX=10.0.0.1/24", "NATPROOF_INSIDE_MTU=1500",
		"NATPROOF_OUTSIDE_IFACE=outside", "NATPROOF_OUTSIDE_PREFIX=203.0.113.1/24", "NATPROOF_OUTSIDE_MTU=1500")
}

func TestExecUnsupported(t *testing.T) {
	_, err := startProgram(t.Context(), t, "unsupported")
	if !errors.Is(err, ErrUnsupported) {
		t.Fatalf("got %v, want %v", err, ErrUnsupported)
	}
	wantText(t, err.Error(), filepath.Base(os.Args[0]), "this is unsupported")
}

func TestExecDiesEarly(t *testing.T) {
	_, err := startProgram(t.Context(), t, "dies-early")
	if err == nil || errors.Is(err, ErrUnsupported) {
		t.Fatalf("got %v", err)
	}
	wantText(t, err.Error(), "exit status 3", "this is dies-early")
}

func TestExecDiesHalfway(t *testing.T) {
	n, err := startProgram(t.Context(), t, "dies-halfway")
	if err == nil {
		for start := time.Now(); n.Err() == nil && time.Since(start) < 5*time.Second; {
			time.Sleep(time.Millisecond)
		}
		err = n.Err()
	}
	if err == nil {
		t.Fatal("the program is said to run still")
	}
	wantText(t, err.Error(), "exit status 4", "this is dies-halfway")
}

func TestExecHangs(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	start := time.Now()
	_, err := startProgram(ctx, t, "hangs")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v, want %v", err, context.DeadlineExceeded)
	}
	wantText(t, err.Error(), `did not say "ready"`, "this is hangs")
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestExecStubborn(t *testing.T) {
	n, err := startProgram(t.Context(), t, "stubborn")
	check(t, err)
	start := time.Now()
	check(t, n.Close())
	if took := time.Since(start); took < termTime || took > termTime+2*time.Second {
		t.Errorf("closing took %v, want %v", took, termTime)
	}
	wantText(t, n.Log(), "killed")
}

func TestExecFloods(t *testing.T) {
	n, err := startProgram(t.Context(), t, "floods")
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
	n, err := startProgram(t.Context(), t, "children")
	check(t, err)
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); !errors.Is(err, unix.EWOULDBLOCK) {
		t.Fatalf("the child does not hold its lock: %v", err)
	}
	check(t, n.Close())
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		t.Errorf("the child still holds its lock: %v", err)
	}
}

func TestExecCannotRun(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	check(t, os.WriteFile(plain, []byte("#!/bin/sh\n"), 0o644))
	if driver, err := Lookup("exec:"); err == nil {
		t.Errorf("no program: got %v, want an error", driver)
	}
	for _, path := range []string{filepath.Join(dir, "missing"), plain, dir, "no-such-program-anywhere"} {
		driver, err := Lookup("exec:" + path)
		check(t, err)
		_, err = driver.Start(t.Context(), Site{}, Policy{})
		if err == nil || errors.Is(err, ErrUnsupported) {
			t.Fatalf("%q: got %v", path, err)
		}
		wantText(t, err.Error(), "nat: exec: ", path)
	}
	// That its interpreter is missing shows only when it is started.
	broken := filepath.Join(dir, "broken")
	check(t, os.WriteFile(broken, []byte("#!/no/such/interpreter\n"), 0o755))
	driver, err := Lookup("exec:" + broken)
	check(t, err)
	_, err = driver.Start(t.Context(), newLab(t).site, Policy{})
	if err == nil || errors.Is(err, ErrUnsupported) {
		t.Fatalf("got %v", err)
	}
	wantText(t, err.Error(), broken, "no such file")
}
