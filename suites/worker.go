package suites

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	"github.com/onsi/gomega"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/nat"
)

// Ginkgo runs its specs once per process, and a NAT may take the process with
// it. So specs run in workers: the program itself, started again.

// workerName is the first argument of a worker. It is not a variable of the
// environment, which what the worker starts would inherit.
const workerName = "natproof-worker"

// Init must be the first call of main and of a TestMain: in a process that was
// started as a worker, or as another helper of the program, it does that work
// and does not return.
func Init() {
	topology.Init()
	if os.Args[0] != workerName {
		return
	}
	if err := work(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// A job is what a worker is to do.
type job struct {
	NAT  string `json:"nat"`
	Real bool   `json:"real"` // wait on the real clock, whatever the NAT could do
	Out  string `json:"out"`
	// Without are features that the NAT is not asked for.
	Without []nat.Feature `json:"without,omitempty"`
	// Specs are what the worker runs. Without any, it starts the NAT once, with the
	// plain policy, and says what came of it.
	Specs []string `json:"specs"`
}

// An event is what a worker says: what a try has shown, that a spec begins, that it waits on
// the real clock, or how it ended. On the worker's standard output each stands between eventMark and
// a newline; all else there is chatter.
type event struct {
	Tried  *trial          `json:"tried,omitempty"`
	Begin  string          `json:"begin,omitempty"`
	Rests  bool            `json:"rests,omitempty"`
	Result *reports.Result `json:"result,omitempty"`
	// Found is what the spec has shown beside its result.
	Found []finding `json:"found,omitempty"`
}

// A trial is what became of the NAT's first start, with the plain policy.
type trial struct {
	Clock nat.Clock       `json:"clock"`
	Err   string          `json:"err,omitempty"`
	Unfit *nat.UnfitError `json:"unfit,omitempty"` // there is nothing that could be started
}

// eventMark is RFC 7464's record separator, which JSON never contains.
const eventMark = 0x1e

func (e event) write(w io.Writer) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = w.Write(append(append([]byte{eventMark}, data...), '\n'))
	return err
}

// suiteName is the text that Ginkgo puts before every spec's.
const suiteName = "natproof"

// work runs a job's specs and writes an event for each.
func work(stdin io.Reader, stdout io.Writer) error {
	var j job
	if err := json.NewDecoder(stdin).Decode(&j); err != nil {
		return fmt.Errorf("suites: worker: job: %w", err)
	}
	// What specs with thousands of flows hold at a time is well below the limit, or
	// collecting would take longer than the specs.
	debug.SetMemoryLimit(128 << 20)
	driver, err := lookup(j.NAT)
	if err != nil {
		return fmt.Errorf("suites: worker: %w", err)
	}
	bench, err := lab.OpenBench(context.Background(), lab.BenchConfig{
		Driver: driver, Real: j.Real, Out: j.Out, Without: j.Without,
		Rests: func() { must(event{Rests: true}.write(stdout)) },
	})
	if err != nil {
		return fmt.Errorf("suites: worker: %w", err)
	}
	if len(j.Specs) > 0 {
		runSpecs(bench, j.Specs, stdout)
	} else {
		tried := try(bench)
		must(event{Tried: &tried}.write(stdout))
	}
	if err := bench.Close(); err != nil {
		return fmt.Errorf("suites: worker: taking down the labs: %w", err)
	}
	return nil
}

// try starts the NAT once.
func try(bench *lab.Bench) trial {
	clock, err := bench.Try(context.Background())
	if err == nil {
		return trial{Clock: clock}
	}
	failed := trial{Err: err.Error()}
	errors.As(err, &failed.Unfit)
	return failed
}

func runSpecs(bench *lab.Bench, specs []string, stdout io.Writer) {
	gomega.RegisterFailHandler(ginkgo.Fail)
	ginkgo.ReportBeforeEach(func(report types.SpecReport) {
		bench.Begin()
		if report.State != types.SpecStateSkipped {
			must(event{Begin: report.FullText()}.write(stdout))
		}
	})
	ginkgo.ReportAfterEach(func(report types.SpecReport) {
		if report.State == types.SpecStateSkipped && !bench.Begun() {
			return // not selected
		}
		requirement, err := requirementOf(report)
		must(err)
		evidence := bench.Evidence()
		result := resultOf(bench.Settled(report), requirement, evidence)
		must(event{Result: &result, Found: findingsOf(evidence)}.write(stdout))
	})
	suiteConfig, reporterConfig := configuration(specs)
	ginkgo.RunSpecs(&verdictless{}, suiteName, suiteConfig, reporterConfig)
}

// must ends the worker: the parent then reports the spec at hand as broken.
func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "suites: worker:", err)
		os.Exit(1)
	}
}

func configuration(specs []string) (types.SuiteConfig, types.ReporterConfig) {
	suiteConfig, reporterConfig := ginkgo.GinkgoConfiguration()
	suiteConfig.RandomSeed = 1                   // the same order every time
	suiteConfig.FlakeAttempts = lab.MaxTries + 1 // each lab judges whether there is another
	suiteConfig.Timeout = 24 * time.Hour         // the parent keeps the time
	if len(specs) > 0 {
		suiteConfig.FocusStrings = []string{focus(specs)}
	}
	reporterConfig.Succinct, reporterConfig.NoColor = true, true
	return suiteConfig, reporterConfig
}

// focus returns a pattern for the texts of specs, with Ginkgo's name of the suite before
// them. As one group they are compiled to a tree of what they have in common. As
// alternatives that each begin with an anchor, every one of hundreds was tried at every
// spec, which took as long as half of the specs.
func focus(specs []string) string {
	quoted := make([]string, 0, len(specs))
	for _, spec := range specs {
		quoted = append(quoted, regexp.QuoteMeta(spec))
	}
	return "^" + suiteName + " (?:" + strings.Join(quoted, "|") + ")$"
}

// verdictless takes Ginkgo's word that a spec failed, which the events say already.
type verdictless struct{}

func (*verdictless) Fail() {}
