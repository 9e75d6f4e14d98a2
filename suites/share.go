package suites

import (
	"runtime"
	"slices"

	"github.com/natproof/natproof/topology/nat"
)

// worthWorker is for how many specs another worker is started: its start, with a bench of
// its own, takes as much of a processor as some ten of them.
const worthWorker = 10

// sharers is how many workers share so many specs. In memory nothing waits, and
// the start of a second worker costs more than it saves. Elsewhere most of a spec's time
// goes into waiting for the kernel, so there are two workers more than there are
// processors; beyond four they wait for each other, at the kernel's lock on interfaces.
func (r *runner) sharers(specs int) int {
	if _, ok := r.driver.(nat.InMemory); ok {
		return 1
	}
	return min(runtime.GOMAXPROCS(0)+2, 4, 1+specs/worthWorker)
}

// A spec that moves packets by the thousands takes as long as some twenty-five others do.
const crowdCost = 26

// share deals specs out to at most n workers, so that each has about the same to do,
// and keeps their order. One worker has all specs with crowds: never do two of those
// run at once, which would need the memory of both.
func share(specs []spec, n int) [][]spec {
	shares, costs := make([][]spec, n), make([]int, n)
	for _, s := range specs {
		if s.crowd {
			costs[0] += crowdCost
		}
	}
	for _, s := range specs {
		to := slices.Index(costs, slices.Min(costs))
		if s.crowd {
			to = 0
		} else {
			costs[to]++
		}
		shares[to] = append(shares[to], s)
	}
	return slices.DeleteFunc(shares, func(s []spec) bool { return len(s) == 0 })
}
