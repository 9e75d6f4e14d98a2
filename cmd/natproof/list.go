package main

import (
	"fmt"
	"slices"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
	"github.com/spf13/cobra"
)

// A listed is one requirement as list --json writes it.
type listed struct {
	ID      string        `json:"id"`
	RFC     int           `json:"rfc"`
	Section string        `json:"section"`
	Level   reports.Level `json:"level"`
	Title   string        `json:"title"`
	Clause  string        `json:"clause"`
	Specs   []string      `json:"specs"`
	Reason  string        `json:"reason,omitempty"`
	// UpdatedBy are the later clauses that change this one, Judged the text that is
	// judged, and Note what the clause leaves in doubt.
	UpdatedBy []reports.Update `json:"updated_by,omitempty"`
	Judged    string           `json:"judged,omitempty"`
	Note      string           `json:"note,omitempty"`
}

type listFlags struct {
	rfcs           []int
	level          string
	asJSON, faults bool
}

func newList(c console) *cobra.Command {
	var flags listFlags
	cmd := &cobra.Command{
		Use:   "list [ID or glob]...",
		Short: "List every requirement with its specs, or why it has none",
		Example: `  natproof list
  natproof list 'rfc4787.req-1*'
  natproof list --rfc 4787 --level MUST --json
  natproof list --faults 'rfc4787.req-9*'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return flags.list(c, cmd, args)
		},
		ValidArgsFunction: completeRequirements,
	}
	cmd.Flags().IntSliceVar(&flags.rfcs, "rfc", nil, "only requirements of these RFCs")
	cmd.Flags().StringVar(&flags.level, "level", "", "only requirements at least this strong: MUST, SHOULD or MAY")
	cmd.Flags().BoolVar(&flags.asJSON, "json", false, "write the list as JSON")
	cmd.Flags().BoolVar(&flags.faults, "faults", false,
		"list the faults of the reference NAT that break them, as run --fault takes them")
	completeWords(cmd, "level", levelNames())
	return cmd
}

func (f *listFlags) list(c console, cmd *cobra.Command, patterns []string) error {
	if err := needDir(); err != nil {
		return err
	}
	chosen, err := suites.Choose(patterns, level(f.level))
	if err != nil {
		return unfit(cmd, err)
	}
	chosen = slices.DeleteFunc(chosen, func(r suites.RequirementSpecs) bool {
		return len(f.rfcs) > 0 && !slices.Contains(f.rfcs, r.RFC)
	})
	if f.faults {
		return f.listFaults(c, cmd, chosen)
	}
	all := []listed{}
	for _, r := range chosen {
		all = append(all, listed{
			ID: r.ID, RFC: r.RFC, Section: r.Section, Level: r.Level, Title: r.Title, Clause: r.Clause,
			Specs: r.Specs, Reason: r.Untested, UpdatedBy: r.Updates(), Judged: r.Judged, Note: r.Note,
		})
	}
	if f.asJSON {
		return writeJSON(c, all)
	}
	if len(all) == 0 {
		return usagef(cmd, "no requirement is of that RFC and level")
	}
	for _, r := range all {
		r.write(c)
	}
	return nil
}

func (r listed) write(c console) {
	fmt.Fprintf(c.Out, "%s  %s  %s\n", r.ID, r.Level, r.Title)
	for _, spec := range r.Specs {
		fmt.Fprintf(c.Out, "    spec: %s\n", spec)
	}
	if len(r.Specs) == 0 {
		fmt.Fprintf(c.Out, "    no spec: %s\n", r.Reason)
	}
	if len(r.UpdatedBy) == 0 {
		return
	}
	// Whoever reads one text of two must see the other.
	fmt.Fprintf(c.Out, "    text: %s\n", r.Clause)
	for _, u := range r.UpdatedBy {
		fmt.Fprintf(c.Out, "    changed by %s, %s: %s\n", u.Requirement, u.Level, u.Clause)
	}
	fmt.Fprintf(c.Out, "    judged: %s\n", r.Judged)
}
