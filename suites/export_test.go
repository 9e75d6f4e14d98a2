package suites

import (
	"context"
	"io"
	"slices"
	"time"

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

// JudgedOverall reports whether a requirement is judged over all specs of a run.
func JudgedOverall(id string) bool {
	return slices.ContainsFunc(overalls(), func(o overall) bool { return o.requirement.ID == id })
}
