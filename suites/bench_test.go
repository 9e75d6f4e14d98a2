//go:build unix

package suites_test

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
	"github.com/natproof/natproof/topology/refnat"
)

// BenchmarkRun judges a NAT by every spec; spec-ms is the median of one spec.
func BenchmarkRun(b *testing.B) {
	for _, nat := range []string{"nftables", "ref", memory} {
		b.Run(nat, func(b *testing.B) {
			defer reportCPU(b)()
			for b.Loop() {
				results := benchmarkedRun(b, suites.Config{NAT: nat})
				b.ReportMetric(median(results), "spec-ms")
			}
		})
	}
}

// BenchmarkFaultTable judges the reference NAT in memory under every fault by every
// spec, two at a time. TestFaultTable leaves out what a fault cannot change.
func BenchmarkFaultTable(b *testing.B) {
	defer reportCPU(b)()
	for b.Loop() {
		var group errgroup.Group
		group.SetLimit(2)
		for _, fault := range refnat.FaultNames() {
			group.Go(func() error {
				_, err := suites.Run(b.Context(), suites.Config{NAT: memory + ":" + fault})
				return err
			})
		}
		if err := group.Wait(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSilence is a spec that observes silence on veth: an inside host that
// is not reached by hairpinning, since the kernel's NAT does none.
func BenchmarkSilence(b *testing.B) {
	for b.Loop() {
		var silent []reports.Result
		for _, r := range benchmarkedRun(b, suites.Config{NAT: "nftables", Only: []string{"rfc4787.req-9"}}) {
			if r.Verdict == reports.Fail {
				silent = append(silent, r)
			}
		}
		b.ReportMetric(median(silent), "spec-ms")
	}
}

func benchmarkedRun(b *testing.B, cfg suites.Config) []reports.Result {
	b.Helper()
	run, err := suites.Run(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	return run.Results
}

// reportCPU begins to measure the CPU time of this process and of those that it waits
// for. What it returns reports that for one operation, which other work on the machine
// changes less than the time that passes.
func reportCPU(b *testing.B) func() {
	b.Helper()
	spent := func() time.Duration {
		var sum time.Duration
		for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
			var usage syscall.Rusage
			if err := syscall.Getrusage(who, &usage); err != nil {
				b.Fatal(err)
			}
			sum += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
		}
		return sum
	}
	begun := spent()
	return func() {
		b.ReportMetric(float64((spent()-begun).Milliseconds())/float64(b.N), "cpu-ms/op")
	}
}

// median returns the median wall time of results in milliseconds.
func median(results []reports.Result) float64 {
	var times []float64
	for _, r := range results {
		times = append(times, r.DurationMS)
	}
	slices.Sort(times)
	return times[len(times)/2]
}
