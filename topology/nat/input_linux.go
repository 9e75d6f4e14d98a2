package nat

import (
	"errors"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A reading is how a program reads its standard input.
type reading int

const (
	// unknownReading: the input is ended if the program seems to wait for that.
	unknownReading reading = iota
	// toTheEnd: it reads everything, so the end comes with the policy.
	toTheEnd
	// lineByLine: it is sent lines for as long as it runs.
	lineByLine
)

const (
	// readGrace is how long a program may be silent once it has read the
	// policy, before it is taken for one that waits for the end of its input.
	readGrace = 250 * time.Millisecond
	readCheck = 5 * time.Millisecond
)

// An input is the standard input of a program: the policy in one line, and later
// what the program has asked to be told.
type input struct {
	read, write *os.File
	stop        chan struct{} // closed by close
	fed         sync.WaitGroup

	mu    sync.Mutex
	kept  bool // it is not to be ended any more
	ended bool
}

func newInput() (*input, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return &input{read: read, write: write, stop: make(chan struct{})}, nil
}

// feed writes the policy, and ends the input when the program needs that.
func (in *input) feed(policy []byte, how reading) {
	in.fed.Go(func() {
		if _, err := in.write.Write(policy); err != nil {
			return // the program has ended, or does not want to know
		}
		switch {
		case how == toTheEnd, how == unknownReading && in.isAwaited():
			in.end()
		}
	})
}

// isAwaited waits until the program has read everything and has been silent
// since. It returns false when the wait is over before.
func (in *input) isAwaited() bool {
	check := time.NewTicker(readCheck)
	defer check.Stop()
	var drained time.Time
	for {
		select {
		case <-in.stop:
			return false
		case <-check.C:
		}
		switch left, err := in.left(); {
		case err != nil:
			return false
		case left > 0: // it has yet to look at its input
		case drained.IsZero():
			drained = time.Now()
		case time.Since(drained) >= readGrace:
			return true
		}
	}
}

// left is how many bytes the program has not read.
func (in *input) left() (int, error) {
	raw, err := in.write.SyscallConn()
	if err != nil {
		return 0, err
	}
	var left int
	var leftErr error
	err = raw.Control(func(fd uintptr) { left, leftErr = unix.IoctlGetInt(int(fd), unix.TIOCINQ) })
	return left, errors.Join(err, leftErr)
}

func (in *input) end() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.kept {
		in.ended = true
		_ = in.write.Close() // there is nothing that could be lost
	}
}

// keep leaves the input as it is from now on, and reports whether it is open.
func (in *input) keep() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.kept {
		in.kept = true
		close(in.stop)
	}
	return !in.ended
}

// close ends the input in any case, and waits for what feeds it.
func (in *input) close() {
	in.keep()
	_ = in.write.Close() // an end that the program waited for has closed it
	in.fed.Wait()
}
