package reports

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseShard(t *testing.T) {
	if got, err := ParseShard("2/5"); err != nil || got != (Shard{2, 5}) || got.String() != "2/5" {
		t.Errorf("got %v, %v", got, err)
	}
	for _, text := range []string{"", "2", "0/5", "6/5", "-1/5", "2/0", "a/b", "2/5/6", "2/"} {
		if got, err := ParseShard(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

// TestShardsShareAll: every place is in one shard, and none of several shards has more
// than one place more than another.
func TestShardsShareAll(t *testing.T) {
	for of := 1; of <= 7; of++ {
		counts := make([]int, of)
		for place := range 100 {
			var in []int
			for index := 1; index <= of; index++ {
				if (Shard{index, of}).Has(place) {
					in = append(in, index)
				}
			}
			if len(in) != 1 {
				t.Fatalf("place %d is in the shards %v of %d", place, in, of)
			}
			counts[in[0]-1]++
		}
		if slices.Max(counts)-slices.Min(counts) > 1 {
			t.Errorf("%d shards have %v", of, counts)
		}
	}
}

// shardRun is a run of one shard, of specs of these verdicts and a requirement that is
// judged over all of them.
func shardRun(shard Shard, over Verdict, specs map[string]Verdict) *Run {
	run := &Run{
		NAT: NAT{Driver: "some"}, Kernel: "Linux", Clock: "aged", Shard: &shard,
		Untested: []Untested{{Requirement: "rfc4787.req-0"}},
	}
	for spec, verdict := range specs {
		run.Results = append(run.Results, Result{
			Spec: spec, Requirement: "rfc4787." + spec, Level: Must, Verdict: verdict,
		})
	}
	run.Results = append(run.Results, Result{
		Spec: "all", Requirement: "wire.ttl", Level: Must, Verdict: over, Overall: true, Reason: shard.String(),
	})
	run.Summarize()
	return run
}

func TestMerge(t *testing.T) {
	one := shardRun(Shard{1, 3}, Pass, map[string]Verdict{"a": Pass})
	two := shardRun(Shard{2, 3}, Fail, map[string]Verdict{"b": Fail})
	three := shardRun(Shard{3, 3}, Pass, map[string]Verdict{"c": Pass})

	merged, missing, err := Merge([]*Run{three, one, two})
	if err != nil || len(missing) > 0 {
		t.Fatalf("%v, missing %v", err, missing)
	}
	got := map[string]Verdict{}
	for _, r := range merged.Results {
		got[r.Spec] = r.Verdict
		if r.Overall && r.Reason != "2/3" {
			t.Errorf("what all specs show is that of shard %s, want the one that failed", r.Reason)
		}
	}
	if diff := cmp.Diff(map[string]Verdict{"a": Pass, "b": Fail, "c": Pass, "all": Fail}, got); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	if s := merged.Summary; s.Total != 4 || s.MustFailed != 2 || s.Coverage.Untested != 1 || merged.Shard != nil {
		t.Errorf("summary %+v", s)
	}
	if status := merged.ExitStatus(false); status != ExitFailed {
		t.Errorf("exit status %d, want %d", status, ExitFailed)
	}

	merged, missing, err = Merge([]*Run{three, one})
	if err != nil || !slices.Equal(missing, []Shard{{2, 3}}) ||
		!strings.Contains(merged.Broken, "shard 2/3 is not there") || merged.ExitStatus(false) != ExitBroken {
		t.Errorf("without a shard: missing %v, broken %q, %v", missing, merged.Broken, err)
	}
	another := shardRun(Shard{2, 3}, Pass, nil)
	another.Kernel = "Linux of another host"
	for name, runs := range map[string][]*Run{
		"none": nil, "one twice": {one, one},
		"one spec twice": {one, shardRun(Shard{2, 3}, Pass, map[string]Verdict{"a": Pass})},
		"another kernel": {one, another}, "of another number": {one, shardRun(Shard{2, 2}, Pass, nil)},
		"no shard": {one, {}},
	} {
		if _, _, err := Merge(runs); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
