package suites

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/topology/nat"
)

// How long a run may take when nobody says otherwise: enough for the longest
// wait on the real clock, and far more than the other clocks need.
const (
	defaultTimeout     = 5 * time.Minute
	defaultRealTimeout = 20 * time.Minute
)

// Run judges a NAT by the specs of the linked suites. It returns the run even
// with an error, which says why the run broke; the results are those that
// there were until then.
func Run(ctx context.Context, cfg Config) (*reports.Run, error) {
	cfg.NAT = cmp.Or(cfg.NAT, DefaultNAT)
	r := newRunner(cfg)
	if err := Check(cfg); err != nil {
		return r.finish(err)
	}
	timeout := cfg.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
		if r.clock == clockReal {
			timeout = defaultRealTimeout
		}
	}
	timeoutErr := fmt.Errorf("the run did not end within %v", timeout)
	bounded, cancel := context.WithTimeoutCause(ctx, timeout, timeoutErr)
	defer cancel()
	var wait sync.WaitGroup
	for _, shard := range r.shards() {
		wait.Go(func() { r.runShard(bounded, shard) })
	}
	wait.Wait()
	switch {
	case ctx.Err() != nil:
		r.run.Interrupted = true
		return r.finish(nil)
	case bounded.Err() != nil:
		return r.finish(timeoutErr)
	}
	return r.finish(r.broken)
}

// A runner is the parent's side of one run.
type runner struct {
	cfg      Config
	clock    string
	specs    []spec
	run      *reports.Run
	mu       sync.Mutex // guards what follows, and calls of Notify
	results  map[string]reports.Result
	finished int
	broken   error
}

func newRunner(cfg Config) *runner {
	r := &runner{cfg: cfg, specs: selected(cfg), results: map[string]reports.Result{}}
	r.clock = clockOf(cfg)
	r.run = &reports.Run{
		Schema: reports.Schema,
		Tool:   reports.Tool{Name: "natproof", Version: cfg.Version, Go: runtime.Version()},
		Kernel: kernel(),
		NAT:    reports.NAT{Driver: cfg.NAT, Detail: detailOf(cfg.NAT), Policy: describe(Setup{})},
		Clock:  r.clock, Start: time.Now(),
		Results: []reports.Result{}, Untested: untested(cfg),
	}
	return r
}

// clockOf is the clock that a config's NAT will be judged on.
func clockOf(cfg Config) string {
	if cfg.Clock == clockReal {
		return clockReal
	}
	if info, ok := infoOf(cfg.NAT); ok && len(info.Clocks) > 0 {
		return info.Clocks[0]
	}
	return clockReal
}

func infoOf(name string) (nat.Info, bool) {
	kind, _, _ := strings.Cut(name, ":")
	for _, info := range NATs() {
		if infoKind, _, _ := strings.Cut(info.Name, ":"); infoKind == kind {
			return info, true
		}
	}
	return nat.Info{}, false
}

// detailOf says in a line what a config's NAT is.
func detailOf(name string) string {
	if driver, err := nat.Lookup(name); err == nil {
		return nat.Describe(driver)
	}
	info, _ := infoOf(name)
	return info.Title
}

// shards splits the specs into sets that are run at the same time. On the real
// clock each spec that waits has a worker to itself, so that all waits overlap;
// otherwise specs wait for nothing but the kernel, whose lock on interfaces a
// second worker would only wait for as well.
func (r *runner) shards() [][]spec {
	var prompt []spec
	var shards [][]spec
	for _, s := range r.specs {
		if r.clock == clockReal && s.requirement.Wait > 0 {
			shards = append(shards, []spec{s})
		} else {
			prompt = append(prompt, s)
		}
	}
	return append(shards, prompt)
}

// runShard runs specs in one worker, and those that a worker's death left over
// in the next one.
func (r *runner) runShard(ctx context.Context, left []spec) {
	for len(left) > 0 && ctx.Err() == nil {
		running, err := r.work(ctx, left)
		left = r.missing(left)
		if len(left) == 0 {
			return
		}
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		} else if err == nil {
			err = errors.New("the worker ended without a word")
		}
		if running == "" { // the worker did not get so far as to begin a spec
			r.fail(err)
			return
		}
		for _, s := range left {
			if s.text == running {
				result := blank(s.text, s.requirement)
				result.Verdict, result.Reason = reports.Error, "the spec did not end: "+err.Error()
				r.ended(result)
			}
		}
		left = r.missing(left)
	}
}

func (r *runner) missing(from []spec) []spec {
	r.mu.Lock()
	defer r.mu.Unlock()
	var missing []spec
	for _, s := range from {
		if _, ok := r.results[s.text]; !ok {
			missing = append(missing, s)
		}
	}
	return missing
}

func (r *runner) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken == nil {
		r.broken = err
	}
}

func (r *runner) begun(s string) {
	r.notify(Event{Spec: s})
}

func (r *runner) ended(result reports.Result) {
	result.Clock = cmp.Or(result.Clock, r.clock) // of a spec whose NAT did not start
	r.mu.Lock()
	r.results[result.Spec] = result
	r.finished++
	r.mu.Unlock()
	r.notify(Event{Spec: result.Spec, Result: &result})
}

func (r *runner) notify(e Event) {
	if r.cfg.Notify == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.specs {
		if s.text == e.Spec {
			e.Requirement = s.requirement.ID
		}
	}
	e.Finished, e.Total = r.finished, len(r.specs)
	r.cfg.Notify(e)
}

// finish completes the run with what there is.
func (r *runner) finish(err error) (*reports.Run, error) {
	for _, s := range r.specs {
		if result, ok := r.results[s.text]; ok {
			r.run.Results = append(r.run.Results, result)
		}
	}
	if err == nil && !r.run.Interrupted && len(r.specs) == 0 {
		err = errors.New("no spec judges what was asked for")
	}
	if err != nil {
		r.run.Broken = err.Error()
	}
	r.run.NotRun = len(r.specs) - len(r.run.Results)
	r.run.DurationMS = milliseconds(time.Since(r.run.Start))
	r.run.Summarize()
	return r.run, err
}
