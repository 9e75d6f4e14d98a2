package topology

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/topology/topologytest"
)

// buildAndHang is the variable that makes the test binary build a topology and
// wait to be killed. Its value marks the processes that come of it.
const buildAndHang = "NATPROOF_TEST_HANG"

// hang builds a topology with a program in a group that has left a process in
// the background, in another session. If it may, it does so in a sandbox.
func hang() int {
	if os.Getenv(buildAndHang+"_OUTER") != "" {
		must := os.Unsetenv(buildAndHang + "_OUTER")
		if must != nil {
			return 1
		}
		return runSandboxed()
	}
	a, err := NewNode("a")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	script := `: >"$FOLDER/file"; setsid sleep 1000 & setsid sh -c 'sleep 1000; :' & echo ready; sleep 1000; :`
	cmd := exec.Command("sh", "-c", script)
	cmd.Stdout = os.Stdout
	if err := a.StartGroupWithFolder(cmd, "FOLDER"); err != nil {
		fmt.Println(err)
		return 1
	}
	_ = cmd.Wait() // until the test kills this process
	return 1
}

// marked returns the processes that have the given word in their environment.
func marked(word string) (pids []string) {
	paths, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range paths {
		environ, _ := os.ReadFile(path) // it may have ended
		if bytes.Contains(environ, []byte(word)) {
			pids = append(pids, filepath.Base(filepath.Dir(path)))
		}
	}
	return pids
}

func TestKillLeavesNothing(t *testing.T) {
	for _, outer := range []bool{false, true} {
		t.Run(fmt.Sprintf("sandbox=%v", outer), func(t *testing.T) {
			before := topologytest.HostState(t)
			word := rand.Text()
			cmd := exec.Command("/proc/self/exe")
			cmd.Env = append(os.Environ(), buildAndHang+"="+word)
			if outer {
				cmd.Env = append(cmd.Env, buildAndHang+"_OUTER=1")
			}
			output, err := cmd.StdoutPipe()
			must(t, err)
			must(t, cmd.Start())
			line, _ := bufio.NewReader(output).ReadString('\n')
			if line != "ready\n" {
				t.Errorf("got %q, want it ready", line)
			}
			want := 5 // itself, the init, the shell, its two descendants at least
			if got := marked(word); len(got) < want {
				t.Errorf("%d processes run, want at least %d", len(got), want)
			}
			must(t, cmd.Process.Kill())
			_ = cmd.Wait() // it was killed
			for end := time.Now().Add(2 * time.Second); ; time.Sleep(5 * time.Millisecond) {
				left := marked(word)
				if len(left) == 0 {
					break
				}
				if time.Now().After(end) {
					t.Fatalf("still running 2 s after the kill: %v", left)
				}
			}
			if diff := cmp.Diff(before, topologytest.HostState(t)); diff != "" {
				t.Errorf("it left something (-before +after):\n%s", diff)
			}
		})
	}
}

// The whole life of a topology changes nothing of where it is built.
func TestTopologyLeavesNothing(t *testing.T) {
	before := topologytest.HostState(t)
	t.Run("life", func(t *testing.T) {
		inside, outside, tap := routed(t)
		must(t, inside.Send(t.Context(), udp(t, endpoint("192.0.2.1:1"), endpoint("198.51.100.1:1"), "")))
		receive(t, outside)
		if got := len(tap.Records()); got != 2 {
			t.Errorf("got %d records, want 2", got)
		}
		lan(t, 3)
		n := newNode(t, "n")
		must(t, n.EnableIPv6())
		must(t, masquerade(n))
		cmd := exec.Command("true")
		must(t, n.StartGroupWithFolder(cmd, "FOLDER"))
		must(t, cmd.Wait())
		cmd = Sandbox(context.Background(), "true")
		wait, err := StartSandboxed(cmd)
		must(t, err)
		must(t, wait())
		Diagnose()
	})
	if diff := cmp.Diff(before, topologytest.HostState(t)); diff != "" {
		t.Errorf("something changed (-before +after):\n%s", diff)
	}
}
