package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/natproof/natproof/reports"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// A console is where natproof speaks to its user.
type console struct {
	Out              *bufio.Writer // what was asked for
	Err              io.Writer     // progress and complaints
	OutTerm, ErrTerm terminal
}

// screen is the console's output as package reports wants to know it.
func (c console) screen(verbose bool) reports.Screen {
	return reports.Screen{Width: c.OutTerm.Width, Color: c.OutTerm.Color, Verbose: verbose}
}

func newRoot(c console) *cobra.Command {
	root := &cobra.Command{
		Use:   "natproof",
		Short: "natproof proves what a NAT does",
		Long: `natproof judges a NAT by the clauses of the RFCs that bind it, with packets as
evidence. It needs no root: every host of its topology is a network namespace
that it makes for itself, and nothing is left behind.

` + exitHelp,
		Version:       toolVersion(),
		SilenceUsage:  true,
		SilenceErrors: true,
		// Cobra's own complaint about an unknown verb is replaced by ours.
		Args: cobra.ArbitraryArgs,
	}
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		return unknownVerb(root, args[0])
	}
	// Lists of flags are broken where the terminal ends.
	wrapped := fmt.Sprintf(".FlagUsagesWrapped %d", c.OutTerm.Width)
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages", wrapped))
	root.SetOut(c.Out)
	root.SetErr(c.Err)
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newRun(c), newList(c), newDoctor(c), newReport(c), newMatrix(c))
	root.AddCommand(newProbe(c), newServe(c), newVersion(c))
	root.AddCommand(newMan(root))
	root.SetHelpCommand(newHelp(root))
	root.InitDefaultCompletionCmd()
	completion, _, _ := root.Find([]string{"completion"})
	completion.Args = cobra.ArbitraryArgs
	completion.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		return unknownVerb(completion, args[0])
	}
	return root
}

// newHelp replaces cobra's help verb, which calls an unknown topic a success.
func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [verb]",
		Short: "Explain a verb",
		RunE: func(_ *cobra.Command, args []string) error {
			verb, rest, err := root.Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return unknownVerb(verb, rest[0])
			}
			return verb.Help()
		},
	}
}

func unknownVerb(parent *cobra.Command, typed string) error {
	var known []string
	for _, c := range parent.Commands() {
		if c.IsAvailableCommand() {
			known = append(known, c.Name())
		}
	}
	return usagef(parent, "unknown verb %q%s", typed, oneOf(typed, known))
}

func flagError(cmd *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		what := map[string]string{"duration": "no length of time, such as 90s or 5m", "uint16": "no number up to 65535",
			"int": "no whole number", "bool": "neither true nor false"}[invalid.GetFlag().Value.Type()]
		if what != "" {
			return usagef(cmd, "--%s %q is %s", invalid.GetFlag().Name, invalid.GetValue(), what)
		}
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || unknown.GetSpecifiedShortnames() != "" {
		return usagef(cmd, "%w", err)
	}
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
	typed := "--" + unknown.GetSpecifiedName()
	return usagef(cmd, "unknown flag %s%s", typed, didYouMean(typed, known))
}

func usagef(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{verb: cmd.CommandPath(), err: fmt.Errorf(format, args...)}
}

// noArgs is cobra.NoArgs with a usage error.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef(cmd, "%s takes no argument, got %q", cmd.Name(), args[0])
	}
	return nil
}

// needDir tells a user that the working directory was deleted. Without one,
// Ginkgo ends the process as soon as it is asked for its specs, and that with the
// exit status of a failed requirement.
func needDir() error {
	if _, err := os.Getwd(); err != nil {
		return fmt.Errorf("the working directory was deleted, or cannot be read: %w", err)
	}
	return nil
}

// needLinux tells users of other systems what they can do there instead.
func needLinux(cmd *cobra.Command) error {
	if runtime.GOOS == "linux" {
		return nil
	}
	return usagef(cmd, "%s needs the network namespaces of Linux, and this is %s; "+
		"list, report and run --nat memory work here", cmd.Name(), runtime.GOOS)
}
