package nat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

const (
	// readyTime bounds the wait for the ready line where ctx does not.
	readyTime = 10 * time.Second
	// termTime is what a program has to end by itself.
	termTime = 2 * time.Second
	// exitUnsupported is the exit status for a policy it cannot do.
	exitUnsupported = 127
)

// A programNAT is a NAT that a running program is or looks after.
type programNAT struct {
	path string
	cmd  *exec.Cmd
	log  *tail
	// done is closed when the program has ended; status holds how, and is
	// not to be read before.
	done   chan struct{}
	status error
}

// Start runs the program and returns when it has said that it is ready.
func (d *program) Start(ctx context.Context, site Site, policy Policy) (NAT, error) {
	if d.unfit != nil {
		return nil, fmt.Errorf("nat: exec: %w", d.unfit)
	}
	input, err := encodePolicy(policy)
	if err != nil {
		return nil, fmt.Errorf("nat: exec: writing the policy: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()

	n := &programNAT{path: d.path, cmd: exec.Command(d.path), log: &tail{}, done: make(chan struct{})}
	output := newReadiness()
	n.cmd.Env = append(os.Environ(), environment(site)...)
	n.cmd.Stdin = bytes.NewReader(input)
	n.cmd.Stdout, n.cmd.Stderr = output, n.log
	if err := site.Node.StartGroup(n.cmd); err != nil {
		return nil, fmt.Errorf("nat: exec: starting %s: %w", d.path, err)
	}
	go n.wait()

	select {
	case <-output.ready:
		return n, nil
	case <-n.done:
		return nil, n.failedStart()
	case <-ctx.Done():
		err := n.explain(fmt.Errorf("did not say %q in time: %w", readyLine, ctx.Err()))
		return nil, errors.Join(err, n.Close())
	}
}

// wait is the goroutine that sees the program end. Close waits for it.
func (n *programNAT) wait() {
	n.status = n.cmd.Wait()
	close(n.done)
}

// failedStart says why a program that has ended never became ready.
func (n *programNAT) failedStart() error {
	var exit *exec.ExitError
	if errors.As(n.status, &exit) && exit.ExitCode() == exitUnsupported {
		return n.explain(fmt.Errorf("%w (%w)", ErrUnsupported, n.status))
	}
	return n.explain(fmt.Errorf("ended before it said %q: %s", readyLine, n.ending()))
}

// ending is how the program ended, in words.
func (n *programNAT) ending() string {
	if n.status == nil {
		return "exit status 0"
	}
	return n.status.Error()
}

// explain adds to err which program it is about and what that wrote last.
func (n *programNAT) explain(err error) error {
	if log := n.Log(); log != "" {
		return fmt.Errorf("nat: exec: %s: %w; its last lines:\n%s", n.path, err, log)
	}
	return fmt.Errorf("nat: exec: %s: %w", n.path, err)
}

// Err returns how the program ended, if it has.
func (n *programNAT) Err() error {
	select {
	case <-n.done:
		return n.explain(fmt.Errorf("ended: %s", n.ending()))
	default:
		return nil
	}
}

// Log returns the last lines of the program's standard error.
func (n *programNAT) Log() string { return n.log.String() }

// Close asks the program to end, and ends it if it does not. What it has
// started and left behind ends with it.
func (n *programNAT) Close() error {
	if err := n.signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-n.done:
		return nil
	case <-time.After(termTime):
	}
	_, _ = fmt.Fprintf(n.log, "natproof: killed, as it had not ended %v after SIGTERM\n", termTime)
	if err := n.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-n.done
	return nil
}

func (n *programNAT) signal(s syscall.Signal) error {
	if err := n.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("nat: exec: %s: sending %v: %w", n.path, s, err)
	}
	return nil
}
