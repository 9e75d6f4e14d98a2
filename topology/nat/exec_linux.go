package nat

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

const (
	// termTime is what a program has to end by itself.
	termTime = 2 * time.Second
	// exitUnsupported is the exit status for a policy it cannot do.
	exitUnsupported = 127
	// folderVariable names the program's private folder.
	folderVariable = "NATPROOF_DIR"
)

// Prepare has nothing to do: a program is started for each NAT.
func (d *program) Prepare(context.Context) (Starter, error) {
	return &programStarter{path: d.path}, nil
}

// A programStarter starts a program again and again, and remembers how that
// reads its input.
type programStarter struct {
	path string

	mu     sync.Mutex
	learnt reading
}

// Close has nothing to do.
func (s *programStarter) Close() error { return nil }

// Start runs the program and returns when it has said that it is ready.
func (s *programStarter) Start(ctx context.Context, site Site, policy Policy) (NAT, error) {
	if err := policy.Check(site); err != nil {
		return nil, err
	}
	// What looks whether the node forwards looks there.
	if err := site.Node.Sysctl("net/ipv4/ip_forward", "1"); err != nil {
		return nil, fmt.Errorf("nat: exec: %w", err)
	}
	n, err := s.run(ctx, site, policy, s.reads())
	if err != nil {
		return nil, err
	}
	open := n.input.keep()
	if listens := n.output.said.listens(); listens && !open {
		// It wants to be told more, but has read to an end that came too
		// soon. So it is started once more, with an input that stays open.
		s.learn(lineByLine)
		said := n.output.said.line
		if err := n.Close(); err != nil {
			return nil, err
		}
		if n, err = s.run(ctx, site, policy, lineByLine); err != nil {
			return nil, fmt.Errorf("%w\n(It was started again, with its input kept open, since it had said %q more "+
				"than %v after it had read the policy: read one line, as read -r policy does, and be ready sooner.)",
				err, said, readGrace)
		}
		n.input.keep()
	} else if !listens && !open {
		s.learn(toTheEnd)
	}
	return n.dressed(site), nil
}

func (s *programStarter) reads() reading {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.learnt
}

func (s *programStarter) learn(how reading) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.learnt = how
}

// run starts the program once and waits until it is ready.
func (s *programStarter) run(ctx context.Context, site Site, policy Policy, how reading) (*programNAT, error) {
	line, err := encodePolicy(policy)
	if err != nil {
		return nil, fmt.Errorf("nat: exec: writing the policy: %w", err)
	}
	in, err := newInput()
	if err != nil {
		return nil, fmt.Errorf("nat: exec: opening the input of %s: %w", s.path, err)
	}
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()

	n := &programNAT{path: s.path, cmd: exec.Command(s.path), input: in, output: newSpeech(), done: make(chan struct{})}
	n.cmd.Env = append(os.Environ(), Environment(site, policy)...)
	n.cmd.Stdin, n.cmd.Stdout, n.cmd.Stderr = in.read, n.output, &n.log
	began := time.Now()
	err = site.Node.StartGroupWithFolder(n.cmd, folderVariable)
	_ = in.read.Close() // the program has it
	if err != nil {
		in.close()
		return nil, fmt.Errorf("nat: exec: starting %s: %w", s.path, err)
	}
	go n.wait()
	in.feed(line, how)

	select {
	case <-n.output.ready:
		return n, nil
	case <-n.done:
		in.close()
		if n.isReady() { // and has ended since: it is a NAT that died
			return n, nil
		}
		return nil, n.failedStart(policy)
	case <-ctx.Done():
		err := n.explain(fmt.Errorf("did not say %q within %v (%w); on its standard output it said %s",
			wordReady, time.Since(began).Round(100*time.Millisecond), ctx.Err(), n.output.quoted()))
		return nil, errors.Join(err, n.Close())
	}
}

// A programNAT is a NAT that a running program is or looks after.
type programNAT struct {
	path   string
	cmd    *exec.Cmd
	input  *input
	output *speech
	log    tail
	// done is closed when the program has ended; status holds how, and is
	// not to be read before.
	done   chan struct{}
	status error
}

// wait is the goroutine that sees the program end. Close waits for it.
func (n *programNAT) wait() {
	n.status = n.cmd.Wait()
	close(n.done)
}

// failedStart says why a program that has ended never became ready.
func (n *programNAT) failedStart(policy Policy) error {
	var exit *exec.ExitError
	if !n.isReady() && errors.As(n.status, &exit) && exit.ExitCode() == exitUnsupported {
		if len(policy.Asks()) > 0 {
			return n.explain(fmt.Errorf("%w (%w)", ErrUnsupported, n.status))
		}
		return n.explain(fmt.Errorf("refuses even the plain policy (%w; a shell ends so, too, "+
			"for a command that it does not find)", n.status))
	}
	return n.ended()
}

// ended says how the program ended.
func (n *programNAT) ended() error {
	when := "before"
	if n.isReady() {
		when = "after"
	}
	return n.explain(fmt.Errorf("ended %s it said %q: %s", when, wordReady, n.ending()))
}

// isReady reports whether the program has said so.
func (n *programNAT) isReady() bool {
	select {
	case <-n.output.ready:
		return true
	default:
		return false
	}
}

// ending is how the program ended, in words, and what to do about it.
func (n *programNAT) ending() string {
	if n.status == nil {
		return "exit status 0; it must stay in the foreground for as long as the NAT is to work"
	}
	var exit *exec.ExitError
	if errors.As(n.status, &exit) {
		// A shell, and a group's first process, say so of a signal.
		if number := syscall.Signal(exit.ExitCode() - 128); number > 0 && number < 65 {
			return fmt.Sprintf("%v, as of signal %d (%v)", n.status, int(number), number)
		}
	}
	return n.status.Error()
}

// explainedLines is how many lines of a log an error shows; Log has all.
const explainedLines = 5

// explain adds to err which program it is about and what that wrote last.
func (n *programNAT) explain(err error) error {
	if log := n.Log(); log != "" {
		return fmt.Errorf("nat: exec: %s: %w; its last lines:\n%s", n.path, err, lastLines(log, explainedLines))
	}
	return fmt.Errorf("nat: exec: %s: %w; it wrote nothing to standard error", n.path, err)
}

// Err returns how the program ended, if it has.
func (n *programNAT) Err() error {
	select {
	case <-n.done:
		return n.ended()
	default:
		return nil
	}
}

// Done is closed when the program has ended.
func (n *programNAT) Done() <-chan struct{} { return n.done }

// Log returns the last lines of the program's standard error.
func (n *programNAT) Log() string { return n.log.String() }

// Close asks the program to end, and ends it if it does not. What it has
// started and left behind ends with it.
func (n *programNAT) Close() error {
	if err := n.signal(syscall.SIGTERM); err != nil {
		return err
	}
	n.input.close()
	select {
	case <-n.done:
		return nil
	case <-time.After(termTime):
	}
	_, _ = fmt.Fprintf(&n.log, "natproof: killed, as it had not ended %v after SIGTERM\n", termTime)
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
