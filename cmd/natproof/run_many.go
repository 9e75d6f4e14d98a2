package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
	"github.com/natproof/natproof/topology/nat"
	"github.com/spf13/cobra"
)

// A candidate is one of several NATs to be judged.
type candidate struct {
	name    string
	cfg     suites.Config
	problem string // why it cannot be judged on this machine, empty if it can
}

// runMany judges NATs one after the other, and sets them side by side. The matrix is
// written after each, so that a run which ends early has what there was by then.
func (f *runFlags) runMany(c console, cmd *cobra.Command, names []string) error {
	if f.baseline != "" {
		return usagef(cmd, "--baseline is of one NAT, and %d are to be judged", len(names))
	}
	candidates, err := f.candidates(cmd, names)
	if err != nil {
		return err
	}
	if err := claimMatrix(f.out); err != nil {
		return usagef(cmd, "--out %s: %w", f.out, err)
	}
	var entries []reports.MatrixEntry
	var taken []string
	var broken error
	for i, one := range candidates {
		folder := reports.MatrixFolder(one.name, taken)
		taken = append(taken, folder)
		if !f.quiet {
			fmt.Fprintf(c.Err, "%s (%d of %d)\n", one.name, i+1, len(candidates))
		}
		entry := reports.MatrixEntry{Name: one.name, Problem: one.problem}
		if cmd.Context().Err() != nil {
			entry.Problem = "the run was interrupted before it came to this NAT"
		}
		if entry.Problem == "" {
			if entry, err = f.entry(c, cmd, one, folder); err != nil {
				broken = errors.Join(broken, fmt.Errorf("%s: %w", one.name, err))
			}
		}
		entries = append(entries, entry)
		if _, err := writeMatrix(f.out, append(entries, notYet(candidates[i+1:])...), f.rules()); err != nil {
			return errors.Join(broken, err)
		}
	}
	return errors.Join(broken, concludeMatrix(c, f.out, entries, f.rules()))
}

// candidates checks everything that the user typed. A NAT that this machine lacks a
// program for stays among them, since the others can be judged.
func (f *runFlags) candidates(cmd *cobra.Command, names []string) ([]candidate, error) {
	var all []candidate
	for _, name := range names {
		cfg, err := f.config(cmd, name)
		var lacking *nat.UnfitError
		switch {
		case errors.As(err, &lacking):
			all = append(all, candidate{name: name, problem: err.Error()})
			continue
		case err != nil:
			return nil, unfit(cmd, err)
		}
		all = append(all, candidate{name: cfg.NAT, cfg: cfg})
	}
	return all, nil
}

// notYet are the entries of NATs whose turn has not come.
func notYet(candidates []candidate) []reports.MatrixEntry {
	var entries []reports.MatrixEntry
	for _, one := range candidates {
		entries = append(entries, reports.MatrixEntry{Name: one.name, Problem: "the run has not come to this NAT yet"})
	}
	return entries
}

// entry judges one NAT into its folder. With an error it still has what there was.
func (f *runFlags) entry(c console, cmd *cobra.Command, one candidate, name string) (reports.MatrixEntry, error) {
	failed := func(err error) (reports.MatrixEntry, error) {
		return reports.MatrixEntry{Name: one.name, Problem: err.Error()}, err
	}
	folder, err := openFolder(cmd, filepath.Join(f.out, name))
	if err != nil {
		return failed(err)
	}
	defer folder.Close()
	judged, runErr := f.judge(c, cmd, one.cfg, folder)
	if judged == nil {
		return failed(runErr)
	}
	if err := folder.Write(judged, f.rules()); err != nil {
		return failed(errors.Join(runErr, fmt.Errorf("its report: %w", err)))
	}
	return reports.MatrixEntry{Runs: []*reports.Run{judged}, Folders: []string{name}, Alone: true}, runErr
}

// claimMatrix makes the folder of a matrix. Reports of one NAT, and files of the same
// names that natproof did not write, are not overwritten.
func claimMatrix(path string) error {
	if err := os.MkdirAll(path, 0o777); err != nil {
		return err
	}
	there := func(name string) bool {
		_, err := os.Lstat(filepath.Join(path, name))
		return err == nil
	}
	switch {
	case there(reports.ResultsFile):
		return errors.New("the report of one NAT is there, and several need a folder of their own")
	case there(reports.MatrixHTMLFile) && !there(reports.MatrixFile):
		return fmt.Errorf("%s exists without a matrix of natproof beside it; it is not overwritten",
			reports.MatrixHTMLFile)
	}
	return nil
}

// writeMatrix writes both forms of a matrix. The page comes last: where it is, there is
// the other.
func writeMatrix(folder string, entries []reports.MatrixEntry, rules reports.Rules) (*reports.Matrix, error) {
	matrix, err := reports.NewMatrix(entries, rules)
	if err != nil {
		return nil, err
	}
	forms := []struct {
		name  string
		write func(io.Writer, *reports.Matrix) error
	}{{reports.MatrixFile, reports.WriteMatrixJSON}, {reports.MatrixHTMLFile, reports.WriteMatrixHTML}}
	for _, form := range forms {
		write := func(w io.Writer) error { return form.write(w, matrix) }
		if err := reports.WriteFile(filepath.Join(folder, form.name), write); err != nil {
			return nil, fmt.Errorf("matrix: %w", err)
		}
	}
	return matrix, nil
}

// concludeMatrix writes the matrix and says what it comes to.
func concludeMatrix(c console, folder string, entries []reports.MatrixEntry, rules reports.Rules) error {
	matrix, err := writeMatrix(folder, entries, rules)
	if err != nil {
		return err
	}
	screen := reports.Screen{Width: c.OutTerm.Width, Color: c.OutTerm.Color}
	if err := reports.WriteMatrixText(c.Out, matrix, screen); err != nil {
		return err
	}
	fmt.Fprintf(c.Out, "Matrix: %s\n", filepath.Join(folder, reports.MatrixHTMLFile))
	if status := matrix.ExitStatus(); status != exitOK {
		return exitStatus(status)
	}
	return nil
}
