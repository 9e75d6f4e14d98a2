package suites

import (
	"context"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/topology/nat"
)

// Waits returns how long each spec says that it waits at most.
func Waits() map[string]time.Duration {
	waits := map[string]time.Duration{}
	for _, s := range specs() {
		waits[s.text] = s.wait
	}
	return waits
}

// Files returns the source file of each spec.
func Files() map[string]string {
	files := map[string]string{}
	for _, s := range specs() {
		files[s.text] = s.file
	}
	return files
}

// Know has runs and their workers find NATs of the tests' own. It comes before Init.
func Know(find func(name string) (nat.Driver, error)) { lookup = find }

// RunHere runs every spec against a NAT in memory in this process, which can do so once.
func RunHere(driver nat.InMemory) error {
	bench, err := lab.OpenBench(context.Background(), lab.BenchConfig{Driver: driver})
	if err != nil {
		return err
	}
	runSpecs(bench, nil, io.Discard)
	return bench.Close()
}

// RunEach judges each of several NATs in memory by specs of its own. A worker's start takes
// as long as dozens of specs in memory. So the NATs share few workers: each of these has
// every spec once at most, and together asks for the NAT that judges a worker's specs, each
// by the NAT that is its, which it names.
func RunEach(
	ctx context.Context, asked map[string][]string, together func(bySpec map[string]string) (nat string, err error),
) (map[string]*reports.Run, error) {
	var rounds []map[string]string // NATs by spec
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		for _, s := range named(asked[name]) {
			text := s.text
			i := slices.IndexFunc(rounds, func(bySpec map[string]string) bool { return bySpec[text] == "" })
			if i < 0 {
				i, rounds = len(rounds), append(rounds, map[string]string{})
			}
			rounds[i][text] = name
		}
	}
	runners, err := runnersOf(asked)
	if err != nil {
		return nil, err
	}
	workers, ctx := errgroup.WithContext(ctx)
	workers.SetLimit(runtime.GOMAXPROCS(0))
	for _, bySpec := range rounds {
		workers.Go(func() error { return runRound(ctx, bySpec, runners, together) })
	}
	if err := workers.Wait(); err != nil {
		return nil, err
	}
	runs := map[string]*reports.Run{}
	for name, r := range runners {
		if len(r.specs) == 0 {
			continue // nothing was asked for
		}
		if runs[name], err = r.finish(nil); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if n := runs[name].NotRun; n > 0 {
			return nil, fmt.Errorf("%s: %d specs were not run", name, n)
		}
	}
	return runs, nil
}

// runnersOf makes what takes in the results of each NAT.
func runnersOf(asked map[string][]string) (map[string]*runner, error) {
	runners := map[string]*runner{}
	for name, texts := range asked {
		r, err := runnerOf(name, texts)
		if err != nil {
			return nil, err
		}
		runners[name] = r
	}
	return runners, nil
}

func runnerOf(name string, texts []string) (*runner, error) {
	driver, err := lookup(name)
	if err != nil {
		return nil, err
	}
	r := newRunner(Config{NAT: name})
	r.driver, r.specs = driver, named(texts)
	r.describe(driver.Info())
	return r, nil
}

func named(texts []string) []spec {
	return slices.DeleteFunc(slices.Clone(specs()), func(s spec) bool { return !slices.Contains(texts, s.text) })
}

// runRound judges each spec's NAT by it.
func runRound(
	ctx context.Context, bySpec map[string]string, runners map[string]*runner,
	together func(map[string]string) (string, error),
) error {
	name, err := together(bySpec)
	if err != nil {
		return err
	}
	all, err := runnerOf(name, slices.Collect(maps.Keys(bySpec)))
	if err != nil {
		return err
	}
	all.runShare(ctx, 1, all.specs)
	if all.broken != nil {
		return all.broken
	}
	for text, result := range all.results {
		r := runners[bySpec[text]]
		r.mu.Lock()
		r.results[text], r.found[text] = result, all.found[text]
		r.mu.Unlock()
	}
	return ctx.Err()
}

// JudgedOverall reports whether a requirement is judged over all specs of a run.
func JudgedOverall(id string) bool {
	return slices.ContainsFunc(overalls(), func(o overall) bool { return o.requirement.ID == id })
}
