package suites_test

import (
	"slices"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
	"github.com/natproof/natproof/topology/refnat"
)

// BenchmarkRun judges a NAT by every spec; spec-ms is the median of one spec.
func BenchmarkRun(b *testing.B) {
	for _, nat := range []string{"nftables", "ref", memory} {
		b.Run(nat, func(b *testing.B) {
			for b.Loop() {
				results := benchmarkedRun(b, suites.Config{NAT: nat})
				b.ReportMetric(median(results), "spec-ms")
			}
		})
	}
}

// BenchmarkFaultTable judges the reference NAT in memory under every fault, two
// at a time.
func BenchmarkFaultTable(b *testing.B) {
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

// median returns the median wall time of results in milliseconds.
func median(results []reports.Result) float64 {
	var times []float64
	for _, r := range results {
		times = append(times, r.DurationMS)
	}
	slices.Sort(times)
	return times[len(times)/2]
}
