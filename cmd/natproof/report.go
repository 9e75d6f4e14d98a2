package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/natproof/natproof/reports"
	"github.com/spf13/cobra"
)

type reportFlags struct {
	html, junit, captures, markdown, annotations string
	sarif, badge                                 string
	known, baseline                              string
	text, verbose, strict, requireAll, diff      bool
}

func newReport(c console) *cobra.Command {
	var flags reportFlags
	cmd := &cobra.Command{
		Use:   "report FOLDER",
		Short: "Write the report of an earlier run again, in any form",
		Long: `Write the report of an earlier run again, in any form, of the folder that it is
in or of its results.json. With no flag, index.html and junit.xml are written
beside that. The links to captures in index.html are relative, so they lead
somewhere only there. A file named - is standard output.

With --diff, two runs are compared, spec by spec, and what has changed is
written: to the terminal, or as --html or --markdown. The exit status is 1 then
where something got worse (a spec newly fails, is no longer judged, or is gone),
and 3 where the new run is not whole.`,
		Example: `  natproof report natproof-report
  natproof report natproof-report --junit - --strict
  natproof report natproof-report --markdown - >>"$GITHUB_STEP_SUMMARY"
  natproof report --diff old-report new-report
  natproof report natproof-report --baseline-write known-failures.txt`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case flags.diff && len(args) != 2:
				return usagef(cmd, "report --diff takes an old and a new report, got %s", counted(args))
			case !flags.diff && len(args) != 1:
				return usagef(cmd, "report takes the folder of one report, got %s", counted(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if flags.diff {
				return flags.compare(c, cmd, args[0], args[1])
			}
			return flags.report(c, cmd, args[0])
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.html, "html", "", "write HTML to this file")
	f.StringVar(&flags.junit, "junit", "", "write JUnit's XML to this file")
	f.StringVar(&flags.captures, "captures", "",
		"the report's folder, from which JUnit's XML names captures as attachments (GitLab: relative to the project)")
	f.StringVar(&flags.markdown, "markdown", "", "write Markdown to this file, e.g. for the summary of a CI job")
	f.StringVar(&flags.annotations, "annotations", "",
		"write what did not pass to this file as workflow commands, which GitHub Actions shows with a commit")
	f.StringVar(&flags.sarif, "sarif", "", "write what did not pass to this file as SARIF 2.1.0, for code scanning")
	f.StringVar(&flags.badge, "badge", "", "write a badge (SVG) to this file")
	f.StringVar(&flags.known, "baseline", "",
		"a file of known failures; Markdown and annotations tell the differences from it")
	f.BoolVar(&flags.text, "text", false, "write what run prints to standard output")
	f.BoolVarP(&flags.verbose, "verbose", "v", false,
		"with --text, tell every verdict, and every spec that did not pass")
	f.StringVar(&flags.baseline, "baseline-write", "", "write the failures to this file, as run --baseline reads them")
	f.BoolVar(&flags.diff, "diff", false, "tell what has changed from one run to another")
	f.BoolVar(&flags.strict, "strict", false, "a failed SHOULD is a failure")
	f.BoolVar(&flags.requireAll, "require-all", false, "what is not judged is a failure")
	return cmd
}

func (f *reportFlags) report(c console, cmd *cobra.Command, name string) error {
	name = resultsIn(name)
	judged, err := readResults(name)
	if err != nil {
		return usagef(cmd, "%w", err)
	}
	known, err := readBaseline(cmd, f.known)
	if err != nil {
		return err
	}
	if f.html+f.junit+f.markdown+f.annotations+f.sarif+f.badge+f.baseline == "" && !f.text {
		f.html = filepath.Join(filepath.Dir(name), reports.HTMLFile)
		f.junit = filepath.Join(filepath.Dir(name), reports.JUnitFile)
	}
	rules := reports.Rules{Strict: f.strict, RequireAll: f.requireAll}
	outputs := []struct {
		file  string
		write func(io.Writer) error
	}{
		{f.html, func(w io.Writer) error { return reports.WriteHTML(w, judged) }},
		{f.junit, func(w io.Writer) error { return reports.WriteJUnit(w, judged, rules, f.captures) }},
		{f.markdown, func(w io.Writer) error { return reports.WriteMarkdown(w, judged, rules, known) }},
		{f.annotations, func(w io.Writer) error { return reports.WriteAnnotations(w, judged, rules, known) }},
		{f.sarif, func(w io.Writer) error { return reports.WriteSARIF(w, judged) }},
		{f.badge, func(w io.Writer) error { return reports.WriteBadge(w, judged, rules) }},
		{f.baseline, func(w io.Writer) error { return reports.WriteBaseline(w, judged) }},
	}
	for _, out := range outputs {
		if out.file == "" {
			continue
		}
		if err := writeTo(c, out.file, out.write); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	if f.text {
		return reports.WriteText(c.Out, judged, rules, c.screen(f.verbose))
	}
	return nil
}

// compare writes what has changed between two runs.
func (f *reportFlags) compare(c console, cmd *cobra.Command, before, after string) error {
	if f.junit+f.annotations+f.sarif+f.badge+f.baseline+f.known != "" {
		return usagef(cmd, "--diff goes with --html, --markdown and --text")
	}
	var runs [2]*reports.Run
	for i, name := range []string{before, after} {
		var err error
		if runs[i], err = readResults(resultsIn(name)); err != nil {
			return usagef(cmd, "%w", err)
		}
	}
	diff := reports.Compare(runs[0], runs[1])
	if f.html != "" {
		if err := writeTo(c, f.html, func(w io.Writer) error { return reports.WriteDiffHTML(w, diff) }); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	if f.markdown != "" {
		write := func(w io.Writer) error { return reports.WriteDiffMarkdown(w, diff) }
		if err := writeTo(c, f.markdown, write); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	if f.html+f.markdown == "" || f.text {
		if err := reports.WriteDiffText(c.Out, diff, c.screen(f.verbose)); err != nil {
			return err
		}
	}
	if status := diff.ExitStatus(); status != exitOK {
		return exitStatus(status)
	}
	return nil
}

// writeTo writes a file whole or not at all, or to standard output for a name
// of "-".
func writeTo(c console, name string, write func(io.Writer) error) error {
	if name == "-" {
		return write(c.Out)
	}
	return reports.WriteFile(name, write)
}
