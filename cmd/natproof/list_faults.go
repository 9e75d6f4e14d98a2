package main

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/natproof/natproof/suites"
	"github.com/natproof/natproof/topology/nat"
	"github.com/spf13/cobra"
)

// A listedFault is one fault of the reference NAT as list --faults --json writes it.
type listedFault struct {
	Name   string   `json:"name"`
	Breaks []string `json:"breaks"`
	// Blinds are the requirements that cannot be judged under it.
	Blinds []string `json:"blinds,omitempty"`
	Does   string   `json:"does"`
}

// listFaults lists the faults that break one of the chosen requirements.
func (f *listFlags) listFaults(c console, cmd *cobra.Command, chosen []suites.RequirementSpecs) error {
	all := []listedFault{}
	for _, one := range nat.Faults() {
		fault := listedFault{Name: one.Name, Breaks: one.Breaks, Blinds: idsOf(one.Blinds), Does: one.Does}
		if slices.ContainsFunc(chosen, func(r suites.RequirementSpecs) bool {
			return slices.Contains(fault.Breaks, r.ID)
		}) {
			all = append(all, fault)
		}
	}
	if f.asJSON {
		return writeJSON(c, all)
	}
	if len(all) == 0 {
		return usagef(cmd, "no fault breaks any of these requirements")
	}
	for _, fault := range all {
		fmt.Fprintf(c.Out, "%s  breaks %s\n    %s\n", fault.Name, strings.Join(fault.Breaks, ", "), fault.Does)
		if len(fault.Blinds) > 0 {
			fmt.Fprintf(c.Out, "    not judged then: %s\n", strings.Join(fault.Blinds, ", "))
		}
	}
	return nil
}

// idsOf returns the requirements with specs that these IDs and globs mean.
func idsOf(ids []string) []string {
	var all []string
	for _, r := range suites.Requirements() {
		if len(r.Specs) > 0 && slices.ContainsFunc(ids, func(id string) bool {
			ok, err := path.Match(id, r.ID)
			return ok && err == nil
		}) {
			all = append(all, r.ID)
		}
	}
	return all
}

// seeFaults is the end of a complaint about a fault.
const seeFaults = "; 'natproof list --faults' says what each does"

// faultsLike is the end of a complaint about a fault that there is not: those with nearly
// this name, or with this in their name.
func faultsLike(typed string) string {
	var known []string
	for _, f := range nat.Faults() {
		known = append(known, f.Name)
	}
	return alike(typed, known) + seeFaults
}

// optionsLike is the end of a complaint about an option of a NAT.
func optionsLike(e *nat.UnknownOptionError) string {
	kind, typed, _ := strings.Cut(e.Name, ":")
	if _, err := nat.WithFaults(kind, []string{typed}); errors.As(err, new(*nat.FaultlessError)) {
		return didYouMean(e.Name, e.Known)
	}
	return faultsLike(typed)
}
