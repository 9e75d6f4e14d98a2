package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/natproof/natproof/suites"
	"github.com/spf13/cobra"
)

// A checkup is one finding as doctor --json writes it.
type checkup struct {
	Name     string `json:"name"`
	OK       bool   `json:"ok"`
	Required bool   `json:"required"`
	Detail   string `json:"detail"`
	Fix      string `json:"fix,omitempty"`
}

func newDoctor(c console) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check that this machine can run natproof, and say what to change",
		Long: `Check that this machine can run natproof, and say what to change if it cannot.
Nothing of the machine is changed.

Exit status: 0 everything that a run requires is there, 3 something is missing.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := needLinux(cmd); err != nil {
				return err
			}
			return examine(c, suites.Diagnose(), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write the findings as JSON")
	return cmd
}

func examine(c console, findings []suites.Finding, asJSON bool) error {
	if asJSON {
		checkups := make([]checkup, len(findings))
		for i, f := range findings {
			checkups[i] = checkup(f)
		}
		if err := writeJSON(c, checkups); err != nil {
			return err
		}
	} else {
		for _, f := range findings {
			writeFinding(c, f)
		}
	}
	if slices.ContainsFunc(findings, func(f suites.Finding) bool { return f.Required && !f.OK }) {
		return exitStatus(exitBroken)
	}
	return nil
}

func writeFinding(c console, f suites.Finding) {
	mark := "ok"
	switch {
	case !f.OK && f.Required:
		mark = "MISSING"
	case !f.OK:
		mark = "absent"
	}
	fmt.Fprintf(c.Out, "%-8s %s", mark, f.Name)
	if f.Detail != "" {
		fmt.Fprintf(c.Out, ": %s", f.Detail)
	}
	fmt.Fprintln(c.Out)
	if !f.OK && f.Fix != "" {
		fmt.Fprintf(c.Out, "         to fix it: %s\n", strings.ReplaceAll(f.Fix, "\n", "\n         "))
	}
}

// writeJSON writes v for programs to read.
func writeJSON(c console, v any) error {
	enc := json.NewEncoder(c.Out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
