package suites_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
)

// TestShardsAreTheWhole: what shards have judged is together what one run judges, also of
// the requirements that are judged over all specs, and of sums.
func TestShardsAreTheWhole(t *testing.T) {
	cfg := suites.Config{NAT: memory + ":no-hairpin", Only: []string{"rfc4787.*", "rfc7857.*", "wire.*"}}
	verdicts := func(run *reports.Run) map[string]reports.Verdict {
		all := map[string]reports.Verdict{}
		for _, r := range run.Results {
			all[r.Spec] = r.Verdict
		}
		return all
	}
	judged := func(shard reports.Shard) *reports.Run {
		cfg.Shard = shard
		run, err := suites.Run(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	whole := judged(reports.Shard{})
	var shards []*reports.Run
	for index := 1; index <= 3; index++ {
		shards = append(shards, judged(reports.Shard{Index: index, Of: 3}))
	}
	merged, missing, err := reports.Merge(shards)
	if err != nil || len(missing) > 0 {
		t.Fatalf("%v, missing %v", err, missing)
	}
	if diff := cmp.Diff(verdicts(whole), verdicts(merged)); diff != "" {
		t.Errorf("verdicts (-whole +shards):\n%s", diff)
	}
	if diff := cmp.Diff(whole.Summary, merged.Summary); diff != "" {
		t.Errorf("summary (-whole +shards):\n%s", diff)
	}
	cfg.Only = []string{"rfc4787.req-5c"}
	cfg.Shard = reports.Shard{Index: 3, Of: 3}
	if err := suites.Check(cfg); err == nil {
		t.Error("a shard without a spec is not refused")
	}
}
