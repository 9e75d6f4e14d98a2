package lab

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onsi/ginkgo/v2/types"

	"github.com/natproof/natproof/topology/nat"
)

// A Bench is what the labs of this process have in common: the NAT under test, the
// hosts around it, and the folder for captures.
type Bench struct {
	cfg     BenchConfig
	info    nat.Info
	starter nat.Starter // nil for a NAT in memory
	hosts   [2]*hostNet // on the wire, and with stacks

	lab      *Lab // of the running spec; nil before its first
	evidence Evidence
	// waited and setup are the wall time that the running spec has spent so far with waiting,
	// and with setting up the NAT and what is around it.
	waited, setup atomic.Int64
	// settled is the spec's report where Ginkgo's is of a try that was not made.
	settled *types.SpecReport
	loss    lossCount
	form    int // of controlForms, that the last control had which got through
	// starts counts NATs in a row that did not start.
	starts int

	closing   sync.WaitGroup // what is closed beside the specs
	mu        sync.Mutex
	closeErrs []error
}

// A BenchConfig says what the labs of a process stand around.
type BenchConfig struct {
	Driver nat.Driver
	Real   bool   // wait on the real clock, whatever the NAT could do
	Out    string // the folder for captures; empty: no captures are kept
	// Without are features that no policy may ask for.
	Without []nat.Feature
	// Rests is called when a spec first waits on the real clock; nil: nobody wants to know.
	Rests func()
}

// bench is the process's own. Ginkgo's suite is one per process, and so is this:
// specs are plain functions, and nothing else could hand it to them.
var bench = &Bench{}

// OpenBench prepares the NAT and makes the bench that of all labs to come. The
// bench has to be closed.
func OpenBench(ctx context.Context, cfg BenchConfig) (*Bench, error) {
	b := &Bench{cfg: cfg, info: cfg.Driver.Info()}
	if _, ok := cfg.Driver.(nat.InMemory); !ok {
		var err error
		if b.starter, err = cfg.Driver.Prepare(ctx); err != nil {
			return nil, err
		}
	}
	bench = b
	return b, nil
}

// Try builds the plain lab once and returns the clock that the NAT can be judged
// on. Its error says why no NAT can be started: no spec can be judged then.
func (b *Bench) Try(ctx context.Context) (nat.Clock, error) {
	world, err := b.build(ctx, Setup{})
	if err != nil {
		return "", err
	}
	return world.clock(), world.close()
}

// Begin makes the bench ready for a spec.
func (b *Bench) Begin() {
	b.lab, b.evidence, b.settled = nil, Evidence{}, nil
	b.waited.Store(0)
	b.setup.Store(0)
}

// waiting begins a wait of the running spec; what it returns ends it.
func (b *Bench) waiting() (done func()) { return spend(&b.waited) }

// spend adds the time until done is called.
func spend(sum *atomic.Int64) (done func()) {
	began := time.Now()
	return func() { sum.Add(int64(time.Since(began))) }
}

// Begun reports whether the spec has come to have a lab.
func (b *Bench) Begun() bool { return b.lab != nil }

// Evidence is what the spec's lab left.
func (b *Bench) Evidence() Evidence {
	if b.lab != nil {
		b.evidence.take(b.lab)
	}
	b.evidence.Waited, b.evidence.Setup = time.Duration(b.waited.Load()), time.Duration(b.setup.Load())
	return b.evidence
}

// keep takes from a lab what the report needs, before the lab is closed.
func (b *Bench) keep(l *Lab, report types.SpecReport) {
	b.evidence.keep(l, report, b.cfg.Out)
}

// Close waits for all that is still being closed, and closes the rest.
func (b *Bench) Close() error {
	b.closing.Wait()
	errs := b.closeErrs
	if b.starter != nil {
		errs = append(errs, b.starter.Close())
	}
	for _, hosts := range b.hosts {
		if hosts != nil {
			errs = append(errs, hosts.close())
		}
	}
	return errors.Join(errs...)
}

// later runs f beside the specs that follow. Close waits for it.
func (b *Bench) later(f func() error) {
	b.closing.Go(func() {
		if err := f(); err != nil {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.closeErrs = append(b.closeErrs, err)
		}
	})
}

// maxStarts is how many NATs in a row may fail to start before the rest of the
// specs are not tried any more: each may have cost a driver's whole patience.
const maxStarts = 3

// defaultPatience bounds the start of a NAT whose driver says nothing of it.
const defaultPatience = 10 * time.Second

// build makes a world around the NAT, or returns an error that says unsupported
// when the driver cannot be asked for the policy, and why when no NAT could be.
func (b *Bench) build(ctx context.Context, setup Setup) (world, error) {
	defer spend(&b.setup)()
	for _, policy := range append(setup.policies(), setup.Offers) {
		if err := b.info.Refuses(policy, b.cfg.Without...); err != nil {
			return nil, err
		}
	}
	for _, policy := range setup.policies() {
		if err := policy.Check(setup.site()); err != nil {
			return nil, err
		}
	}
	world, err := b.around(ctx, setup)
	if err == nil && len(setup.Later) > 0 && !world.changes() {
		return nil, errors.Join(b.info.RefusesChange(), world.close())
	}
	return world, err
}

// around makes a world of the driver's kind around the NAT.
func (b *Bench) around(ctx context.Context, setup Setup) (world, error) {
	if driver, ok := b.cfg.Driver.(nat.InMemory); ok {
		if setup.Sockets {
			return nil, fmt.Errorf("%w: a host with the stack of a kernel: there is none in memory", nat.ErrUnsupported)
		}
		return newMemory(driver, setup)
	}
	if b.starts >= maxStarts {
		return nil, fmt.Errorf("not tried: %d labs in a row could not be built", b.starts)
	}
	patience := b.info.Patience
	if patience == 0 {
		patience = defaultPatience
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	world, err := b.wired(ctx, setup)
	if err != nil && !isUnsupported(err) {
		b.starts++
		return nil, err
	}
	b.starts = 0
	return world, err
}

// wired makes a world of namespaces around the NAT.
func (b *Bench) wired(ctx context.Context, setup Setup) (world, error) {
	hosts := &b.hosts[0]
	if setup.Sockets {
		hosts = &b.hosts[1]
	}
	if *hosts == nil {
		made, err := newHostNet(setup.Sockets)
		if err != nil {
			return nil, err
		}
		*hosts = made
	}
	return (*hosts).world(ctx, b, setup)
}

func isUnsupported(err error) bool { return errors.Is(err, nat.ErrUnsupported) }
