package topology

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// inGroup runs a shell script in a group that has a folder, and returns what it
// writes.
func inGroup(t *testing.T, n *Node, cmd *exec.Cmd) string {
	t.Helper()
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	must(t, n.StartGroupWithFolder(cmd, "FOLDER"))
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, output.String())
	}
	return strings.TrimSpace(output.String())
}

// A group's folder is empty, can be written to, and is no other group's.
func TestGroupFolder(t *testing.T) {
	n := newNode(t, "n")
	script := `cd "$FOLDER" && ls -A && echo mine > "file.$$" && cat "file.$$" && pwd`
	for range 2 {
		cmd := exec.Command("sh", "-c", script)
		cmd.Env = append(os.Environ(), "FOLDER=/nowhere")
		got := inGroup(t, n, cmd)
		word, dir, _ := strings.Cut(got, "\n")
		if word != "mine" {
			t.Errorf("got %q, want an empty folder and what was written", got)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s is there outside of the group", dir)
		}
	}
}

// The folder hides neither the program nor where it works.
func TestGroupFolderHidesNothingNeeded(t *testing.T) {
	if _, err := os.Stat("/dev/shm"); err != nil {
		t.Skip("this machine has no /dev/shm")
	}
	dir, err := os.MkdirTemp("/dev/shm", "natproof-test")
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	program := filepath.Join(dir, "program")
	must(t, os.WriteFile(program, []byte("#!/bin/sh\ncd \"$FOLDER\" && pwd\n"), 0o755))
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(program, link))
	n := newNode(t, "n")

	working := exec.Command("sh", "-c", `ls program && cd "$FOLDER" && pwd`)
	working.Dir = dir
	for name, cmd := range map[string]*exec.Cmd{
		"program": exec.Command(program), "by a link": exec.Command(link), "working directory": working,
	} {
		if got := inGroup(t, n, cmd); strings.Contains(got, "/dev/shm") || got == "" {
			t.Errorf("%s: the folder is %q", name, got)
		}
	}
}
