package main

import (
	"path/filepath"
	"slices"

	"github.com/natproof/natproof/reports"
	"github.com/spf13/cobra"
)

type matrixFlags struct {
	out                string
	strict, requireAll bool
}

func newMatrix(c console) *cobra.Command {
	var flags matrixFlags
	cmd := &cobra.Command{
		Use:   "matrix DIR...",
		Short: "Set the reports of several runs side by side",
		Long: `Set the reports of several runs side by side: requirements by NATs, with links
to the packets of each. The reports may come from other machines.

The shards of one run (run --shard 1/5, 2/5 and so on) become one column, if
they are of one NAT, judged by one version of natproof on one kernel. A shard
that is missing is told of, and proves nothing of the NAT. A folder that a run
of several NATs has written stands for all of its reports.

` + exitHelp + `
It is the worst of the NATs'.`,
		Example: `  natproof matrix natproof-report other-report
  natproof matrix shard-* --out whole`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef(cmd, "matrix takes the folders of reports, got none")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return flags.matrix(c, cmd, args) },
	}
	f := cmd.Flags()
	f.StringVarP(&flags.out, "out", "o", "natproof-matrix", "the folder to write the matrix to")
	f.BoolVar(&flags.strict, "strict", false, "a failed SHOULD is a failure")
	f.BoolVar(&flags.requireAll, "require-all", false, "what is not judged is a failure")
	return cmd
}

func (f *matrixFlags) matrix(c console, cmd *cobra.Command, folders []string) error {
	var entries []reports.MatrixEntry
	for _, folder := range folders {
		found, err := columns(folder)
		if err != nil {
			return usagef(cmd, "%w", err)
		}
		for _, entry := range found {
			if len(entry.Runs) == 0 && !there(entries, entry) {
				entries = append(entries, entry)
			}
			for i, run := range entry.Runs {
				link, err := linkTo(f.out, entry.Folders[i])
				if err != nil {
					return usagef(cmd, "%w", err)
				}
				entries = reports.AddToMatrix(entries, run, link)
			}
		}
	}
	if _, err := reports.NewMatrix(entries, reports.Rules{}); err != nil {
		return usagef(cmd, "%w", err)
	}
	if err := claimMatrix(f.out); err != nil {
		return usagef(cmd, "--out %s: %w", f.out, err)
	}
	rules := reports.Rules{Strict: f.strict, RequireAll: f.requireAll}
	return concludeMatrix(c, f.out, entries, rules)
}

// there reports whether a NAT that was not judged is told of already, as each shard of a run
// tells of it.
func there(entries []reports.MatrixEntry, one reports.MatrixEntry) bool {
	return slices.ContainsFunc(entries, func(e reports.MatrixEntry) bool {
		return len(e.Runs) == 0 && e.Name == one.Name && e.Problem == one.Problem
	})
}

// linkTo returns the relative path from one folder to another, with slashes.
func linkTo(from, to string) (string, error) {
	from, err := filepath.Abs(from)
	if err != nil {
		return "", err
	}
	to, err = filepath.Abs(to)
	if err != nil {
		return "", err
	}
	link, err := filepath.Rel(from, to)
	return filepath.ToSlash(link), err
}
