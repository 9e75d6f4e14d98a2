// Command natproof judges a NAT by the clauses of the RFCs that bind it.
//
// Verdicts are reached by package suites and written by package reports; this
// command only reads what the user typed, shows progress, and puts the report
// where it was asked for. It leaves out every decision about a verdict.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
	_ "github.com/natproof/natproof/suites/hosts"
	_ "github.com/natproof/natproof/suites/rfc3022"
	_ "github.com/natproof/natproof/suites/rfc4787"
	_ "github.com/natproof/natproof/suites/rfc5382"
	_ "github.com/natproof/natproof/suites/rfc5508"
	_ "github.com/natproof/natproof/suites/rfc6888"
	_ "github.com/natproof/natproof/suites/rfc7857"
	_ "github.com/natproof/natproof/suites/wire"
)

// The exit statuses of natproof are those of a run. Each verb but run knows only
// ok, usage and broken.
const (
	exitOK     = reports.ExitConformant
	exitFailed = reports.ExitFailed
	exitUsage  = reports.ExitUsage
	exitBroken = reports.ExitBroken

	exitHelp = "Exit status: 0 conformant in what was judged, 1 a MUST failed or a promised\n" +
		"feature does not work, 2 usage, 3 the run itself broke or judged nothing."
)

func main() {
	suites.Init()
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, restore := signal.NotifyContext(context.Background(), signals...)
	// The first signal ends a run, which still writes its report. After it
	// signals have their usual effect again, so that a second one ends the
	// process at once.
	context.AfterFunc(ctx, restore)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is natproof without the process around it. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	// The buffer keeps its first error, so that output which did not arrive
	// is noticed once, at the end, and not at every line.
	out := bufio.NewWriter(stdout)
	c := console{Out: out, Err: stderr, OutTerm: terminalOf(stdout), ErrTerm: terminalOf(stderr)}
	root := newRoot(c)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	var verdict exitStatus
	var usage *usageError
	if errors.As(err, &usage) && cmd.Name() == probeVerb && asksJSON(args) {
		err = errors.Join(err, writeProbeError(c, err))
	}
	if flushErr := out.Flush(); flushErr != nil && err == nil {
		err = fmt.Errorf("writing output: %w", flushErr)
	}
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &verdict):
		return int(verdict)
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "%s\nSee '%s --help'.\n", c.complaint(err), usage.verb)
		return exitUsage
	}
	fmt.Fprintln(stderr, c.complaint(err))
	return exitBroken
}

// An exitStatus ends the process after everything has been said.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// A usageError is what the user can correct: a word that natproof does not know,
// or a file that it cannot use.
type usageError struct {
	verb string // the command whose --help tells more
	err  error
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }
