package reports

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Shard is one part of the specs of a run, which several runs share. The specs are dealt
// out like cards, so that all parts take about as long. The zero value is all specs.
type Shard struct {
	Index int `json:"index"` // which part, from 1
	Of    int `json:"of"`    // how many parts there are
}

// ParseShard reads "2/5", the second of five.
func ParseShard(text string) (Shard, error) {
	before, after, _ := strings.Cut(text, "/")
	index, err := strconv.Atoi(before)
	of, err2 := strconv.Atoi(after)
	if err != nil || err2 != nil || index < 1 || index > of {
		return Shard{}, fmt.Errorf("a shard is written as in 2/5, the second of five, not %q", clip(text, maxQuoted))
	}
	return Shard{index, of}, nil
}

func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Of) }

// Has reports whether the spec at this place among all, from 0, is in the shard.
func (s Shard) Has(place int) bool { return s.Of == 0 || place%s.Of == s.Index-1 }

// Merge makes one run of the shards of one. They are told apart by their numbers, and are
// of one NAT, judged by one version on one kernel and clock. Missing says which are not
// there; the run counts as broken then, since it is not all that was asked for.
//
// Workers are numbered on from shard to shard; times count from the start of each one's own.
// What is judged over all specs, and what is the sum of others, has the worst verdict that
// it has in a shard.
func Merge(shards []*Run) (merged *Run, missing []Shard, err error) {
	if len(shards) == 0 {
		return nil, nil, errors.New("reports: merging: there is no shard")
	}
	sorted := slices.Clone(shards)
	for _, run := range sorted {
		if run.Shard == nil || run.Shard.Of != sorted[0].Shard.Of || !alike(run, sorted[0]) {
			return nil, nil, errors.New("reports: merging: the runs are not shards of one run")
		}
	}
	slices.SortStableFunc(sorted, func(a, b *Run) int { return cmp.Compare(a.Shard.Index, b.Shard.Index) })
	whole := *sorted[0]
	whole.Shard, whole.Results, whole.DurationMS, whole.NotRun = nil, nil, 0, 0
	at := map[string]int{} // by spec, in whole.Results
	workers := 0
	for i, run := range sorted {
		if i > 0 && run.Shard.Index == sorted[i-1].Shard.Index {
			return nil, nil, fmt.Errorf("reports: merging: shard %v is there twice", *run.Shard)
		}
		whole.DurationMS += run.DurationMS
		whole.NotRun += run.NotRun
		whole.Interrupted = whole.Interrupted || run.Interrupted
		whole.Broken = cmp.Or(whole.Broken, run.Broken)
		if run.Start.Before(whole.Start) {
			whole.Start = run.Start
		}
		before := workers // of the shards so far: each has workers of its own
		for _, result := range run.Results {
			if result.Worker > 0 {
				result.Worker += before
				workers = max(workers, result.Worker)
			}
			known, there := at[result.Spec]
			switch {
			case !there:
				at[result.Spec] = len(whole.Results)
				whole.Results = append(whole.Results, result)
			case !result.Overall:
				return nil, nil, fmt.Errorf("reports: merging: two shards have the spec %q",
					clip(result.Spec, maxQuoted))
			case result.Verdict > whole.Results[known].Verdict:
				whole.Results[known] = result
			}
		}
	}
	for index := 1; index <= sorted[0].Shard.Of; index++ {
		has := func(run *Run) bool { return run.Shard.Index == index }
		if !slices.ContainsFunc(sorted, has) {
			missing = append(missing, Shard{index, sorted[0].Shard.Of})
		}
	}
	if len(missing) > 0 && whole.Broken == "" {
		whole.Broken = areAway(missing)
	}
	whole.Summarize()
	return &whole, missing, nil
}

// AddToMatrix adds a run, whose report is in a folder, to the entries of a matrix to be
// made. A shard joins the other shards of its run.
func AddToMatrix(entries []MatrixEntry, run *Run, folder string) []MatrixEntry {
	for i, entry := range entries {
		if len(entry.Runs) == 0 {
			continue // one that was not judged
		}
		first := entry.Runs[0]
		if run.Shard != nil && first.Shard != nil && run.Shard.Of == first.Shard.Of && alike(run, first) {
			entries[i].Runs = append(entry.Runs, run)
			entries[i].Folders = append(entry.Folders, folder)
			return entries
		}
	}
	return append(entries, MatrixEntry{Runs: []*Run{run}, Folders: []string{folder}})
}

// areAway says which shards are missing.
func areAway(shards []Shard) string {
	words := make([]string, len(shards))
	for i, shard := range shards {
		words[i] = shard.String()
	}
	if len(words) == 1 {
		return "shard " + words[0] + " is not there"
	}
	last := len(words) - 1
	return "shards " + strings.Join(words[:last], ", ") + " and " + words[last] + " are not there"
}

// alike reports whether two runs have judged the same NAT in the same way.
func alike(a, b *Run) bool {
	return a.NAT.Driver == b.NAT.Driver && a.NAT.Detail == b.NAT.Detail && a.Kernel == b.Kernel &&
		a.Tool == b.Tool && a.Clock == b.Clock
}
