package suites

import (
	"context"
	"sync"
	"time"
)

// apart tells the specs that wait from the others, without those that are left out.
func (r *runner) apart() (prompt, waiting []spec) {
	r.leaveOut()
	for _, s := range r.specs {
		if s.wait > 0 {
			waiting = append(waiting, s)
		} else {
			prompt = append(prompt, s)
		}
	}
	return prompt, waiting
}

// beginning is how long a spec may take at most until it waits, before another one begins.
const beginning = 5 * time.Second

// turn waits until a worker may begin with a spec that waits. A hundred of them at once starve
// each other, until their labs cannot be built: so there are as many as there are processors at
// work, and the others wait already. It reports false when the run has ended.
func (r *runner) turn(ctx context.Context, begins chan struct{}, worker int) (release func(), ok bool) {
	select {
	case begins <- struct{}{}:
	case <-ctx.Done():
		return nil, false
	}
	release = sync.OnceFunc(func() { <-begins })
	time.AfterFunc(beginning, release)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turns[worker] = release
	return release, true
}

// rested ends a worker's turn, which waits now.
func (r *runner) rested(worker int) {
	r.mu.Lock()
	release := r.turns[worker]
	r.mu.Unlock()
	if release != nil {
		release()
	}
}
