package main

import (
	"fmt"
	"strings"

	"github.com/natproof/natproof/suites"
	"github.com/natproof/natproof/topology/nat"
	"github.com/spf13/cobra"
)

// completeWords offers words for a flag. Registering fails only for a flag that
// does not exist.
func completeWords(cmd *cobra.Command, flag string, words []string) {
	completeFlag(cmd, flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

func completeFlag(cmd *cobra.Command, flag string, complete cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(fmt.Sprintf("completion of --%s: %v", flag, err))
	}
}

// completeRequirements offers every requirement's ID with its title.
func completeRequirements(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if needDir() != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var ids []cobra.Completion
	for _, r := range suites.Requirements() {
		ids = append(ids, cobra.CompletionWithDesc(r.ID, r.Title))
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

// completeFaults offers every fault of the reference NAT with what it breaks.
func completeFaults(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var names []cobra.Completion
	for _, f := range nat.Faults() {
		names = append(names, cobra.CompletionWithDesc(f.Name, strings.Join(f.Breaks, ", ")))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeDrivers offers every NAT with its title.
func completeDrivers(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var names []cobra.Completion
	for _, d := range nat.Drivers() {
		names = append(names, cobra.CompletionWithDesc(d.Name, d.Title))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
