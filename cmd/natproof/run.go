package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
	"github.com/natproof/natproof/topology/nat"
	"github.com/spf13/cobra"
)

type runFlags struct {
	level, clock, out, baseline, shard string
	file                               string
	nats, only, faults, without        []string
	strict, requireAll                 bool
	quiet, verbose, listNATs, long     bool
	timeout                            time.Duration
}

func newRun(c console) *cobra.Command {
	var flags runFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Judge a NAT, and write a report with the packets that prove it",
		Long: `Judge a NAT, and write a report with the packets that prove each verdict.

The report is a folder: index.html for people, junit.xml for CI, results.json
for programs, and a capture for every spec. A report that is there already is
replaced; other files in the folder are left alone.

Several NATs are judged one after the other, each into a folder of its own in
that of the report, whose index.html then sets them side by side, and
matrix.json says the same to programs. The exit status is the worst of theirs.

What is the same each time can stand in natproof.yaml of the working directory,
under the names of the flags with underscores; what is typed wins over it.

An interrupt ends the run and still writes the report; a second one ends
natproof.

` + exitHelp + `
With --baseline, 1 means that a verdict differs from the baseline.`,
		Example: `  natproof run
  natproof run --nat ref --only 'rfc4787.req-1*,rfc4787.req-8'
  natproof run --nat ref --fault no-hairpin --only 'rfc4787.req-9*'
  natproof run --nat nftables,iptables,ref,exec:./my-nat
  natproof run --shard 2/5 --out shard-2
  natproof run --nat exec:./my-nat --level MUST --timeout 10m --out report`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags.run(c, cmd) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&flags.nats, "nat", []string{nat.DefaultName},
		"the NAT to judge, or several with commas between them; --list-nats names them all")
	f.StringSliceVar(&flags.faults, "fault", nil,
		"build this fault into the reference NAT (--nat ref or memory); 'natproof list --faults' names them all")
	f.BoolVar(&flags.listNATs, "list-nats", false, "list the NATs that can be judged, and exit")
	f.StringSliceVar(&flags.only, "only", nil, "only requirements of these IDs or globs, e.g. 'rfc4787.req-1*'")
	f.StringVar(&flags.shard, "shard", "",
		"run only this part of the specs, e.g. 2/5; 'natproof matrix' puts the parts together")
	f.StringSliceVar(&flags.without, "without", nil,
		"do not ask the NAT for these features, e.g. pool,hairpin; what needs them is unsupported")
	f.StringVar(&flags.level, "level", "", "only requirements at least this strong: MUST, SHOULD or MAY")
	f.StringVar(&flags.clock, "clock", "auto", "auto lets time pass as fast as the NAT allows, real waits")
	f.StringVarP(&flags.out, "out", "o", "natproof-report", "the folder to write the report to")
	f.StringVar(&flags.file, "config", "",
		"read what is not typed here from this file (default: natproof.yaml, if there is one)")
	f.BoolVar(&flags.strict, "strict", false, "a failed SHOULD fails the run too")
	f.BoolVar(&flags.requireAll, "require-all", false, "what is not judged, for whatever reason, fails the run too")
	f.StringVar(&flags.baseline, "baseline", "", "a file of known failures; only a difference from it fails the run")
	f.BoolVar(&flags.long, "long", false, "on the real clock, run the specs as well that wait for hours")
	f.DurationVar(&flags.timeout, "timeout", 0, "end the run after this long, e.g. 5m (default: what the clock needs)")
	f.BoolVarP(&flags.verbose, "verbose", "v", false, "tell every verdict, and every spec that did not pass")
	f.BoolVarP(&flags.quiet, "quiet", "q", false, "no progress")
	completeFlag(cmd, "nat", completeDrivers)
	completeFlag(cmd, "fault", completeFaults)
	completeFlag(cmd, "only", completeRequirements)
	completeWords(cmd, "level", levelNames())
	completeWords(cmd, "without", nat.FeatureNames())
	completeWords(cmd, "clock", suites.Clocks())
	return cmd
}

func (f *runFlags) run(c console, cmd *cobra.Command) error {
	if f.listNATs {
		return listNATs(c)
	}
	if err := needDir(); err != nil {
		return err
	}
	if err := applyConfig(c, cmd, f.file); err != nil {
		return err
	}
	var names []string
	for _, list := range f.nats {
		names = append(names, nat.SplitNames(list)...)
	}
	if len(names) > 1 {
		return f.runMany(c, cmd, names)
	}
	cfg, err := f.config(cmd, names[0])
	if err != nil {
		return unfit(cmd, err)
	}
	known, err := readBaseline(cmd, f.baseline)
	if err != nil {
		return err
	}
	folder, err := openFolder(cmd, f.out)
	if err != nil {
		return err
	}
	defer folder.Close()
	judged, runErr := f.judge(c, cmd, cfg, folder)
	if judged == nil {
		return runErr
	}
	return errors.Join(runErr, f.conclude(c, folder, judged, known))
}

func openFolder(cmd *cobra.Command, path string) (*reports.Folder, error) {
	folder, err := reports.OpenFolder(path)
	if errors.Is(err, reports.ErrFolderLocked) {
		return nil, usagef(cmd, "another run is writing to %s; choose another --out", path)
	}
	if err != nil {
		return nil, usagef(cmd, "--out %s: %w", path, err)
	}
	return folder, nil
}

// judge runs the specs, with its progress on the terminal. The captures go to the folder.
func (f *runFlags) judge(
	c console, cmd *cobra.Command, cfg suites.Config, folder *reports.Folder,
) (*reports.Run, error) {
	cfg.Out = folder.Staging()
	progress := newTally(c, f.quiet, f.verbose)
	cfg.Notify = progress.Notify
	defer progress.Close()
	return suites.Run(cmd.Context(), cfg)
}

// config checks everything that the user typed, so that nothing runs before all
// of it is right.
func (f *runFlags) config(cmd *cobra.Command, nats string) (suites.Config, error) {
	if cmd.Flags().Changed("fault") && len(f.faults) == 0 {
		return suites.Config{}, fmt.Errorf("--fault names no fault%s", seeFaults)
	}
	name, err := nat.WithFaults(nats, f.faults)
	if err != nil {
		return suites.Config{}, err
	}
	cfg := suites.Config{
		NAT: name, Only: f.only, Level: level(f.level), Clock: f.clock, Timeout: f.timeout, Long: f.long,
		Version: toolVersion(),
	}
	for _, feature := range f.without {
		cfg.Without = append(cfg.Without, nat.Feature(feature))
	}
	if f.shard != "" {
		if cfg.Shard, err = reports.ParseShard(f.shard); err != nil {
			return suites.Config{}, fmt.Errorf("--shard: %w", err)
		}
	}
	if err := suites.Check(cfg); err != nil {
		return suites.Config{}, err
	}
	// A NAT in memory needs no namespaces, so it runs everywhere.
	driver, err := nat.Lookup(name)
	if _, inMemory := driver.(nat.InMemory); err == nil && !inMemory {
		err = needLinux(cmd)
	}
	return cfg, err
}

func (f *runFlags) rules() reports.Rules {
	return reports.Rules{Strict: f.strict, RequireAll: f.requireAll}
}

// conclude writes the report, whatever became of the run, and says what it
// comes to.
func (f *runFlags) conclude(c console, folder *reports.Folder, judged *reports.Run, known reports.Baseline) error {
	writeErr := folder.Write(judged, f.rules())
	if err := reports.WriteText(c.Out, judged, f.rules(), c.screen(f.verbose)); err != nil {
		return fmt.Errorf("writing output: %w", err)
	}
	if writeErr != nil {
		return fmt.Errorf("report in %s: %w", f.out, writeErr)
	}
	status := measure(c, judged, known, f.rules())
	fmt.Fprintf(c.Out, "\nReport: %s\n", filepath.Join(f.out, reports.HTMLFile))
	if status != exitOK {
		return exitStatus(status)
	}
	return nil
}

func listNATs(c console) error {
	for _, d := range nat.Drivers() {
		clocks := make([]string, len(d.Clocks))
		for i, clock := range d.Clocks {
			clocks[i] = string(clock)
		}
		line := fmt.Sprintf("%-12s  %s (clocks: %s)", d.Name, d.Title, strings.Join(clocks, ", "))
		if d.Detail != "" {
			line += fmt.Sprintf("\n%-12s  %s", "", d.Detail)
		}
		fmt.Fprintln(c.Out, wrapped(line, c.OutTerm.Width))
	}
	return nil
}
