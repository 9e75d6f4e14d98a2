package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/sys/unix"
)

// TestEightyColumns runs natproof on a terminal of 80 columns, and wants no line that is
// longer.
func TestEightyColumns(t *testing.T) {
	const broken = "memory:mapping-by-port,no-hairpin"
	for _, test := range []struct {
		args []string
		want string // some of what is printed
	}{
		{[]string{"run", "--nat", broken, "--only", "rfc4787.*"}, "captures/rfc4787.req-9-"},
		{[]string{"run", "--nat", broken, "--only", "rfc4787.*", "--verbose"}, "requirement"},
		{[]string{"run", "--nat", broken + ",ref", "--only", "rfc4787.req-9*"}, "Matrix: "},
		{[]string{"run", "--nat", "memory", "--only", "rfc4787.req-9*", "--shard", "1/2"}, "Report: "},
		{[]string{"run", "--list-nats"}, "nftables"},
		{[]string{"run", "--help"}, "--without"},
		{[]string{"--help"}, "probe"},
		{[]string{"run", "--onlyy", "rfc4787.req-9"}, "--only"},
		{[]string{"run", "--only", "rfc4787.req-99"}, "req-99"},
		{[]string{"run", "--nat", "memory", "--fault", "no-hair"}, "no-hair"},
		{[]string{"run", "--nat", "netfilter"}, "netfilter"},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			t.Parallel()
			shown := onTerminal(t, 80, test.args)
			if all := strings.Join(shown, "\n"); !strings.Contains(all, test.want) {
				t.Errorf("%q is absent in\n%s", test.want, all)
			}
			for _, line := range shown {
				if n := text.StringWidthWithoutEscSequences(line); n > 80 {
					t.Errorf("%d columns: %s", n, line)
				}
			}
		})
	}
}

// onTerminal returns the lines that natproof prints on a terminal of so many columns.
func onTerminal(t *testing.T, columns uint16, args []string) []string {
	t.Helper()
	screen, program := terminalPair(t, columns)
	// The first folder is that of this test's program, under natproof's name.
	natproof := filepath.Join(filepath.SplitList(os.Getenv("PATH"))[0], "natproof")
	cmd := exec.CommandContext(t.Context(), natproof, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = t.TempDir(), program, program
	cmd.Env = append(os.Environ(), "TERM=xterm")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = program.Close()
	printed, err := io.ReadAll(screen)
	if err != nil && !errors.Is(err, syscall.EIO) { // which says that the program has gone
		t.Fatal(err)
	}
	_ = cmd.Wait()
	var lines []string
	for line := range strings.SplitSeq(strings.ReplaceAll(string(printed), "\r\n", "\n"), "\n") {
		// What comes after another carriage return is written over what was there.
		lines = append(lines, strings.Split(line, "\r")...)
	}
	return lines
}

// terminalPair opens a terminal: what shows it to a user, and what a program has.
func terminalPair(t *testing.T, columns uint16) (screen, program *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	fd := int(screen.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return screen, program
}
