package suites

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/nat"
)

// attend runs one worker, of that number, at a job and takes in what it reports. It returns
// the spec that was running when the worker ended; empty if it had begun none.
func (r *runner) attend(ctx context.Context, number int, j job) (running string, err error) {
	input, err := json.Marshal(j)
	if err != nil {
		return "", err
	}
	worker, start, err := r.worker(ctx)
	if err != nil {
		return "", err
	}
	var complaints tail
	worker.Args = []string{workerName}
	worker.Stdin, worker.Stderr = bytes.NewReader(input), &complaints
	worker.WaitDelay = 2 * time.Second
	// Not a StdoutPipe: waiting for the worker would cut that off.
	output, events := io.Pipe()
	worker.Stdout = events
	wait, err := start(worker)
	if err != nil {
		return "", topology.Explain(err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- wait()
		events.Close()
	}()
	running, readErr := r.read(number, output)
	output.CloseWithError(readErr) // a damaged event: the worker's next write fails
	if err := errors.Join(readErr, <-ended); err != nil {
		return running, fmt.Errorf("the worker broke: %w\n%s", err, complaints.String())
	}
	return running, nil
}

// worker returns the command of a worker and how it is started: in a sandbox,
// unless the NAT is in memory and needs no namespaces.
func (r *runner) worker(ctx context.Context) (*exec.Cmd, func(*exec.Cmd) (func() error, error), error) {
	executable, err := ownExecutable()
	if err != nil {
		return nil, nil, fmt.Errorf("suites: starting this program again: %w", err)
	}
	if _, ok := r.driver.(nat.InMemory); ok {
		return exec.CommandContext(ctx, executable), startPlain, nil
	}
	return topology.Sandbox(ctx, executable), topology.StartSandboxed, nil
}

// ownExecutable names this program's file. On Linux that name holds even when the
// file has been replaced or deleted meanwhile.
func ownExecutable() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

// startPlain starts a worker that needs no namespaces.
func startPlain(cmd *exec.Cmd) (wait func() error, err error) { return cmd.Wait, cmd.Start() }

// read takes in a worker's events until its output ends.
func (r *runner) read(number int, output io.Reader) (running string, err error) {
	in := bufio.NewReader(output)
	for {
		if _, err := in.ReadBytes(eventMark); err != nil {
			return running, nil // the output's end is the worker's
		}
		line, err := in.ReadBytes('\n')
		if err != nil {
			return running, nil // cut off in the middle of an event
		}
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			return running, fmt.Errorf("its report is damaged: %w", err)
		}
		switch {
		case e.Tried != nil:
			r.tried(*e.Tried)
		case e.Result != nil:
			r.ended(*e.Result, e.Found...)
		case e.Rests:
			r.rested(number)
		default:
			running = e.Begin
			r.begun(number, e.Begin)
		}
	}
}

// A tail keeps the last of what is written to it.
type tail struct{ kept []byte }

// tailSize is enough for a Go panic's message and the first of its goroutines.
const tailSize = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if extra := len(t.kept) - tailSize; extra > 0 {
		t.kept = t.kept[extra:]
	}
	return len(p), nil
}

func (t *tail) String() string { return strings.TrimSpace(string(t.kept)) }
