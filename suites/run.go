package suites

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/topology/nat"
)

// lookup finds a NAT by its name. Tests have NATs of their own beside those that nat knows.
var lookup = nat.Lookup

// How long a run may take beyond its longest wait when nobody says otherwise: far
// more than the specs need by themselves.
const defaultTimeout = 5 * time.Minute

// Run judges a NAT by the specs of the linked suites. It returns the run even
// with an error, which says why the run broke; the results are those that
// there were until then.
func Run(ctx context.Context, cfg Config) (*reports.Run, error) {
	cfg.NAT = cmp.Or(cfg.NAT, nat.DefaultName)
	r := newRunner(cfg)
	err := Check(cfg)
	if err == nil {
		r.driver, err = lookup(cfg.NAT)
	}
	if err != nil {
		return r.finish(err)
	}
	r.describe(r.driver.Info())
	timeout := cmp.Or(cfg.Timeout, r.bound())
	timeoutErr := fmt.Errorf("the run did not end within %v", timeout)
	bounded, cancel := context.WithTimeoutCause(ctx, timeout, timeoutErr)
	defer cancel()
	r.judge(bounded)
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
	driver   nat.Driver
	clock    nat.Clock
	specs    []spec
	run      *reports.Run
	mu       sync.Mutex // guards what follows, and calls of Notify
	begins   map[string]begin
	turns    map[int]func() // by worker, what ends its turn
	results  map[string]reports.Result
	found    map[string][]finding // by spec, of the requirements that all specs judge
	finished int
	broken   error
}

// A begin is which worker has begun a spec, and when.
type begin struct {
	worker int
	ms     float64 // since the run began
}

func newRunner(cfg Config) *runner {
	r := &runner{
		cfg: cfg, specs: selected(cfg), begins: map[string]begin{}, turns: map[int]func(){},
		results: map[string]reports.Result{},
		found:   map[string][]finding{},
	}
	r.run = &reports.Run{
		Schema: reports.Schema,
		Tool:   reports.Tool{Name: "natproof", Version: cfg.Version, Go: runtime.Version()},
		Kernel: kernel(),
		NAT:    reports.NAT{Driver: cfg.NAT, Policy: lab.Setup{}.Describe()},
		Shard:  shardOf(cfg),
		Start:  time.Now(), Results: []reports.Result{}, Untested: untested(cfg),
	}
	return r
}

func shardOf(cfg Config) *reports.Shard {
	if cfg.Shard == (reports.Shard{}) {
		return nil
	}
	return &cfg.Shard
}

// describe puts into the run what the driver says of its NAT.
func (r *runner) describe(info nat.Info) {
	r.run.NAT.Detail = info.Detail
	for _, feature := range r.cfg.Without {
		r.run.NAT.Without = append(r.run.NAT.Without, string(feature))
	}
	for _, one := range info.Faults {
		r.run.NAT.Faults = append(r.run.NAT.Faults, reports.Fault{Name: one.Name, Does: one.Does, Breaks: one.Breaks})
	}
	r.clock = nat.Real
	if r.cfg.Clock != ClockReal && len(info.Clocks) > 0 {
		r.clock = info.Clocks[0]
	}
	r.run.Clock = string(r.clock)
}

// judge runs all specs, which a few workers share. On the real clock each spec that
// waits has a worker to itself, so that all waits overlap. Where only a try can tell
// which clock the NAT is judged on, that comes first.
func (r *runner) judge(ctx context.Context) {
	if r.driver.Info().Uncertain {
		if !r.try(ctx) {
			return
		}
	}
	prompt, alone := r.specs, []spec(nil)
	if r.clock == nat.Real {
		prompt, alone = r.apart()
	}
	var workers sync.WaitGroup
	defer workers.Wait()
	for i, specs := range share(prompt, r.sharers(len(prompt))) {
		workers.Go(func() { r.runShare(ctx, len(alone)+i+1, specs) })
	}
	// The longest waits begin first.
	slices.SortStableFunc(alone, func(a, b spec) int { return cmp.Compare(b.wait, a.wait) })
	begins := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, s := range alone {
		release, ok := r.turn(ctx, begins, i+1)
		if !ok {
			return
		}
		workers.Go(func() {
			defer release()
			r.runShare(ctx, i+1, []spec{s})
		})
	}
}

// try has a worker start the NAT once, and reports whether specs can be run.
func (r *runner) try(ctx context.Context) bool {
	if _, err := r.attend(ctx, 0, r.job(nil)); err != nil && ctx.Err() == nil {
		r.fail(err)
	}
	return r.broken == nil && ctx.Err() == nil
}

// tried takes in what the NAT's first start has shown.
func (r *runner) tried(t trial) {
	switch {
	case t.Unfit != nil:
		r.fail(t.Unfit)
	case t.Err != "":
		r.fail(errors.New(t.Err))
	default:
		r.clock, r.run.Clock = t.Clock, string(t.Clock)
	}
}

func (r *runner) job(specs []spec) job {
	return job{
		NAT: r.cfg.NAT, Real: r.cfg.Clock == ClockReal, Out: r.cfg.Out, Without: r.cfg.Without, Specs: texts(specs),
	}
}

// runShare runs specs in one worker, and those that a worker's death left over in
// the next one, which has its number.
func (r *runner) runShare(ctx context.Context, worker int, left []spec) {
	for len(left) > 0 && ctx.Err() == nil {
		running, err := r.attend(ctx, worker, r.job(left))
		left = r.missing(left)
		if len(left) == 0 {
			if err != nil { // in the end, when all verdicts were there
				r.fail(err)
			}
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

func texts(specs []spec) []string {
	all := []string{}
	for _, s := range specs {
		all = append(all, s.text)
	}
	return all
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

func (r *runner) begun(worker int, s string) {
	r.mu.Lock()
	r.begins[s] = begin{worker, r.elapsed()}
	r.mu.Unlock()
	r.notify(Event{Spec: s})
}

func (r *runner) ended(result reports.Result, found ...finding) {
	r.mu.Lock()
	result.Clock = cmp.Or(result.Clock, string(r.clock)) // of a spec whose NAT did not start
	at := r.begins[result.Spec]
	result.Worker, result.StartMS, result.EndMS = at.worker, at.ms, r.elapsed()
	r.results[result.Spec], r.found[result.Spec] = result, found
	r.finished++
	r.mu.Unlock()
	r.notify(Event{Spec: result.Spec, Result: &result})
}

// elapsed is how long the run has taken so far, in milliseconds.
func (r *runner) elapsed() float64 { return milliseconds(time.Since(r.run.Start)) }

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
		err = r.nothing()
	}
	if err != nil {
		r.run.Broken = err.Error()
	}
	r.run.NotRun = len(r.specs) - len(r.run.Results)
	r.run.Results = append(r.run.Results, rows(r.cfg, r.run.Results, r.found)...)
	r.run.Results = append(r.run.Results, sumRows(r.cfg, r.run.Results)...)
	proofs := nat.BrokenBy()
	for i := range r.run.Results {
		r.run.Results[i].ProvenBy = proofs[r.run.Results[i].Requirement]
	}
	r.run.DurationMS = r.elapsed()
	r.run.Summarize()
	return r.run, err
}
