package main

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	suites.Init()
	testscript.Main(m, map[string]func(){"natproof": main})
}

func TestScripts(t *testing.T) {
	repo, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("REPO", repo)
			env.Setenv("GORACE", os.Getenv("GORACE"))
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":     exits,
			"signalled": signalled,
			"gone":      gone,
			"held":      held,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// exits STATUS COMMAND... runs a command that must end with that exit status.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND...")
	}
	status := 0
	err := ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		status = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(status) != args[0] {
		ts.Fatalf("exit status %d, want %s", status, args[0])
	}
}

// signalled SIGNAL STATUS COMMAND... runs a command, sends it the signal as
// soon as it has written a line to standard error, and wants that exit status;
// -1 is death by the signal.
func signalled(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM,
		"HUP": syscall.SIGHUP, "KILL": syscall.SIGKILL}
	if neg || len(args) < 3 || signals[args[0]] == 0 {
		ts.Fatalf("usage: signalled INT|TERM|HUP|KILL STATUS COMMAND...")
	}
	path, err := lookPath(ts.Getenv("PATH"), args[2])
	ts.Check(err)
	cmd := exec.Command(path, args[3:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"WORK=" + ts.Getenv("WORK"), "PATH=" + ts.Getenv("PATH"), "TMPDIR=" + ts.Getenv("TMPDIR"),
		"GORACE=" + os.Getenv("GORACE")}
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	stderr, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	lines := bufio.NewScanner(stderr)
	if !lines.Scan() {
		ts.Fatalf("no line on standard error: %v\n%s", cmd.Wait(), stdout.Bytes())
	}
	// What gone will find absent must be findable while it is there.
	if len(processesOf(ts.Getenv("WORK"))) == 0 {
		ts.Fatalf("the command's processes cannot be found by their environment")
	}
	ts.Check(cmd.Process.Signal(signals[args[0]]))
	for lines.Scan() {
		ts.Logf("stderr: %s", lines.Text())
	}
	err = cmd.Wait()
	ts.Logf("stdout: %s", stdout.Bytes())
	if status := strconv.Itoa(cmd.ProcessState.ExitCode()); status != args[1] {
		ts.Fatalf("exit status %s, want %s: %v", status, args[1], err)
	}
}

func lookPath(path, program string) (string, error) {
	for _, dir := range filepath.SplitList(path) {
		if full, err := exec.LookPath(filepath.Join(dir, program)); err == nil {
			return full, nil
		}
	}
	return "", exec.ErrNotFound
}

// held FOLDER takes a report's folder as a run does, until the script ends.
func held(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: held FOLDER")
	}
	folder, err := reports.OpenFolder(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Defer(func() { _ = folder.Close() })
}

// gone wants no process of this script to be left.
func gone(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: gone")
	}
	deadline := time.Now().Add(5 * time.Second)
	for {
		left := processesOf(ts.Getenv("WORK"))
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("still running: %s", strings.Join(left, "; "))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// processesOf returns the command lines of the processes that were started by
// the script in work, which all inherit its environment.
func processesOf(work string) []string {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	var found []string
	for _, file := range files {
		environ, err := os.ReadFile(file)
		// Other users' processes cannot be read, and are not the script's.
		if err != nil || !bytes.Contains(environ, []byte("WORK="+work+"\x00")) {
			continue
		}
		cmdline, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		found = append(found, string(bytes.ReplaceAll(cmdline, []byte{0}, []byte{' '})))
	}
	return found
}
