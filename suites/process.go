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
	"strings"
	"time"

	"github.com/natproof/natproof/topology"
)

// work runs one worker over specs and takes in what it reports. It returns the
// spec that was running when the worker ended; empty if none was begun.
func (r *runner) work(ctx context.Context, specs []spec) (running string, err error) {
	j := job{NAT: r.cfg.NAT, Real: r.clock == clockReal, Out: r.cfg.Out}
	for _, s := range specs {
		j.Specs = append(j.Specs, s.text)
	}
	input, err := json.Marshal(j)
	if err != nil {
		return "", err
	}
	executable, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("suites: %w", err)
	}
	_, memory, _ := memoryFaults(r.cfg.NAT)
	worker, start := exec.CommandContext(ctx, executable), startPlain
	if !memory {
		worker, start = topology.Sandbox(ctx, executable), topology.StartSandboxed
	}
	var complaints tail
	worker.Env = append(os.Environ(), workerEnv+"=1")
	worker.Stdin, worker.Stderr = bytes.NewReader(input), &complaints
	worker.WaitDelay = 2 * time.Second
	// Not a StdoutPipe: waiting for the worker would cut that off.
	output, events := io.Pipe()
	worker.Stdout = events
	wait, err := start(worker)
	if _, gone := os.Stat(executable); err != nil && gone != nil {
		return "", fmt.Errorf("natproof's own program was moved or deleted while it ran: %w", gone)
	}
	if err != nil {
		return "", topology.Explain(err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- wait()
		events.Close()
	}()
	running, readErr := r.read(output)
	output.CloseWithError(readErr) // a damaged event: the worker's next write fails
	if err := errors.Join(readErr, <-ended); err != nil {
		return running, fmt.Errorf("the worker broke: %w\n%s", err, complaints.String())
	}
	return running, nil
}

// startPlain starts a worker that needs no namespaces.
func startPlain(cmd *exec.Cmd) (wait func() error, err error) { return cmd.Wait, cmd.Start() }

// read takes in a worker's events until its output ends.
func (r *runner) read(output io.Reader) (running string, err error) {
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
		if e.Result == nil {
			running = e.Begin
			r.begun(e.Begin)
			continue
		}
		r.ended(*e.Result)
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
