package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
	"github.com/spf13/cobra"
)

// readBaseline returns nil for no name. A requirement that is in no catalogue
// is an error, since a misspelt line would excuse nothing and be noticed never.
func readBaseline(cmd *cobra.Command, name string) (reports.Baseline, error) {
	if name == "" {
		return nil, nil
	}
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef(cmd, "--baseline %s: there is no such file; 'natproof report FOLDER --baseline-write %s' "+
			"makes it of a run", name, name)
	}
	if err != nil {
		return nil, usagef(cmd, "--baseline: %w", err)
	}
	defer file.Close()
	known, err := reports.ReadBaseline(file)
	if err != nil {
		return nil, usagef(cmd, "--baseline %s: %w", name, err)
	}
	var ids []string
	for _, r := range suites.Requirements() {
		ids = append(ids, r.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(known)) {
		if !slices.Contains(ids, id) {
			return nil, usagef(cmd, "--baseline %s: unknown requirement %q%s", name, id, didYouMean(id, ids))
		}
	}
	return known, nil
}

// measure returns the exit status of a run, by the baseline if there is one. A
// baseline excuses failures, and nothing that was not judged.
func measure(c console, judged *reports.Run, known reports.Baseline, rules reports.Rules) int {
	if known == nil {
		return rules.ExitStatus(judged)
	}
	deviations := known.Compare(judged)
	for _, d := range deviations {
		fmt.Fprintln(c.Out, wrapped(fmt.Sprintf("Baseline: %s", d), c.OutTerm.Width))
	}
	if len(deviations) == 0 {
		fmt.Fprintln(c.Out, "Baseline: no difference")
	}
	if status := known.ExitStatus(judged); status != exitOK || !rules.RequireAll || judged.Summary.Coverage.Complete() {
		return status
	}
	return exitFailed
}
