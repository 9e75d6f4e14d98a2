package topology

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestStartGroupStatus(t *testing.T) {
	n := newNode(t, "n")
	for _, test := range []struct {
		name   string
		cmd    *exec.Cmd
		status int
	}{
		{"success", exec.Command("sh", "-c", "exit 0"), 0},
		{"unsupported", exec.Command("sh", "-c", "exit 127"), 127},
		{"signal", exec.Command("sh", "-c", "kill -KILL $$"), 128 + 9},
		{"no such program", exec.Command("/nonexistent/program"), cannotRun},
		{"orphans are buried", exec.Command("sh", "-c", "sh -c 'sh -c : & exit 0'; sleep 0.05; exit 7"), 7},
		{"what stays behind", exec.Command("sh", "-c", "sleep 1000 & exit 5"), 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			// A pipe stays open as long as anybody holds its end.
			var output bytes.Buffer
			test.cmd.Stdout = &output
			must(t, n.StartGroup(test.cmd))
			err := test.cmd.Wait()
			if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if got := test.cmd.ProcessState.ExitCode(); got != test.status {
				t.Errorf("got status %d, want %d", got, test.status)
			}
		})
	}
}

func TestStartGroupKeepsCommand(t *testing.T) {
	n := newNode(t, "n")
	const script = `cat; echo "$0 $1 $WORD $PWD"; ls /sys/class/net >/dev/null; cat /proc/net/dev; cat <&3`
	cmd := exec.Command("sh", "-c", script, "zero", "one")
	cmd.Env = append(os.Environ(), "WORD=natproof")
	cmd.Dir = "/"
	cmd.Stdin = strings.NewReader("input\n")
	r, w, err := os.Pipe()
	must(t, err)
	_, err = w.WriteString("extra")
	must(t, errors.Join(err, w.Close()))
	cmd.ExtraFiles = []*os.File{r}
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	must(t, n.StartGroup(cmd))
	must(t, errors.Join(cmd.Wait(), r.Close()))
	got := output.String()
	if !strings.HasPrefix(got, "input\nzero one natproof /\n") || !strings.HasSuffix(got, "extra") {
		t.Errorf("got %q", got)
	}
	if strings.Contains(got, "eth") || !strings.Contains(got, "lo:") {
		t.Errorf("interfaces are not those of the node: %q", got)
	}
}

func TestStartGroupForwardsSignals(t *testing.T) {
	n := newNode(t, "n")
	for _, number := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		cmd := exec.Command("sh", "-c", "trap 'exit 41' TERM INT; echo ready; while :; do sleep 0.01; done")
		output, err := cmd.StdoutPipe()
		must(t, err)
		must(t, n.StartGroup(cmd))
		_, err = output.Read(make([]byte, 6))
		must(t, err)
		must(t, cmd.Process.Signal(number))
		if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 41 {
			t.Errorf("%v: got %v, want exit status 41", number, err)
		}
	}
}

// An interrupt typed at a terminal does not reach a group by itself.
func TestStartGroupIsApart(t *testing.T) {
	n := newNode(t, "n")
	cmd := exec.Command("sleep", "1000")
	must(t, n.StartGroup(cmd))
	group, err := syscall.Getpgid(cmd.Process.Pid)
	if err != nil || group != cmd.Process.Pid {
		t.Errorf("it is of process group %d (%v), want its own, %d", group, err, cmd.Process.Pid)
	}
	must(t, cmd.Process.Kill())
	_ = cmd.Wait() // it was killed
}

// A group whose parent ended before the kernel was asked to kill it starts
// nothing.
func TestOrphanedGroup(t *testing.T) {
	for parent, want := range map[string]string{"1": "", fmt.Sprint(os.Getpid()): "started\n"} {
		cmd := Sandbox(t.Context(), "/proc/self/exe")
		cmd.Args = []string{groupName, parent, "", "/bin/echo", "echo", "started"}
		cmd.Path = "/proc/self/exe"
		var output bytes.Buffer
		cmd.Stdout = &output
		wait, err := StartSandboxed(cmd)
		must(t, err)
		if err := wait(); output.String() != want || (err == nil) != (want != "") {
			t.Errorf("with the parent %s: got %q, %v, want %q", parent, output.String(), err, want)
		}
	}
}

func TestStartGroupRefuses(t *testing.T) {
	n := newNode(t, "n")
	err := n.StartGroup(exec.Command("no-such-program-anywhere"))
	if !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("got %v, want %v", err, exec.ErrNotFound)
	}
}

// Closing a node ends what runs in it, and Wait still says how it ended.
func TestCloseEndsPrograms(t *testing.T) {
	for name, start := range map[string]func(*Node, *exec.Cmd) error{
		"Start": (*Node).Start, "StartGroup": (*Node).StartGroup,
	} {
		t.Run(name, func(t *testing.T) {
			n, err := NewNode("n")
			must(t, err)
			cmd := exec.Command("sleep", "1000")
			must(t, start(n, cmd))
			begin := time.Now()
			must(t, n.Close())
			must(t, n.Close())
			var exit *exec.ExitError
			err = cmd.Wait()
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Errorf("got %v, want it killed", err)
			}
			if took := time.Since(begin); took > time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestStartRunsInside(t *testing.T) {
	a, b := newNode(t, "a"), newNode(t, "b")
	must(t, Link(a, "cable", b, "cable"))
	cmd := exec.Command("cat", "/proc/net/dev")
	var output bytes.Buffer
	cmd.Stdout = &output
	must(t, a.Start(cmd))
	must(t, cmd.Wait())
	if !strings.Contains(output.String(), "cable:") {
		t.Errorf("got %q, want the interfaces of the node", output.String())
	}
	if err := a.Start(exec.Command("/nonexistent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want %v", err, os.ErrNotExist)
	}
}
