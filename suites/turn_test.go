package suites

import (
	"context"
	"runtime"
	"testing"
)

// As many specs that wait begin at a time as there are processors. One that waits by then, or
// has ended, makes way for another.
func TestTurns(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := newRunner(Config{})
	begins := make(chan struct{}, runtime.GOMAXPROCS(0))
	var release func()
	for i := range cap(begins) {
		release, _ = r.turn(ctx, begins, i+1)
	}
	full := func() bool { return len(begins) == cap(begins) }
	if !full() {
		t.Errorf("%d of %d have begun", len(begins), cap(begins))
	}
	r.rested(1)
	r.rested(1)
	if got := cap(begins) - len(begins); got != 1 {
		t.Errorf("one waits, and %d may begin", got)
	}
	if _, ok := r.turn(ctx, begins, 100); !ok || !full() {
		t.Error("another one may not begin")
	}
	release()
	if full() && cap(begins) > 1 {
		t.Error("one has ended, and none may begin")
	}
	for !full() {
		begins <- struct{}{}
	}
	cancel()
	if _, ok := r.turn(ctx, begins, 101); ok {
		t.Error("one begins after the run's end")
	}
	r.rested(102) // it never had a turn
}
