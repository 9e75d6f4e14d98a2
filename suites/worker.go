package suites

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime/debug"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	"github.com/onsi/gomega"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/nat"
)

// Ginkgo runs its specs once per process, and a NAT may take the process with
// it. So specs run in workers: the program itself, started again.

// workerEnv marks a process as a worker.
const workerEnv = "NATPROOF_WORKER"

// Init must be the first call of main and of a TestMain: in a process that was
// started as a worker, or as another helper of the program, it does that work
// and does not return.
func Init() {
	topology.Init()
	if os.Getenv(workerEnv) == "" {
		return
	}
	os.Unsetenv(workerEnv) // what the worker starts is not a worker
	if err := work(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// A job is what a worker is to do.
type job struct {
	NAT   string   `json:"nat"`
	Real  bool     `json:"real"`
	Out   string   `json:"out"`
	Specs []string `json:"specs"`
}

// An event is what a worker says: that a spec begins, or how it ended. On the
// worker's standard output each stands between eventMark and a newline; all
// else there is chatter.
type event struct {
	Begin  string          `json:"begin,omitempty"`
	Result *reports.Result `json:"result,omitempty"`
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
	// Short-lived garbage of a few dozen specs is cheaper to leave than to
	// collect; the limit keeps the worker small all the same.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(32 << 20)
	faults, memory, err := memoryFaults(j.NAT)
	if err == nil && !memory {
		bench.driver, err = nat.Lookup(j.NAT)
	}
	if err != nil {
		return fmt.Errorf("suites: worker: %w", err)
	}
	bench.faults, bench.real, bench.out = faults, j.Real, j.Out
	gomega.RegisterFailHandler(ginkgo.Fail)
	ginkgo.ReportBeforeEach(func(report types.SpecReport) {
		bench.lab, bench.kept = nil, kept{}
		if report.State != types.SpecStateSkipped {
			must(event{Begin: report.FullText()}.write(stdout))
		}
	})
	ginkgo.ReportAfterEach(func(report types.SpecReport) {
		if report.State == types.SpecStateSkipped && bench.lab == nil {
			return // not selected
		}
		requirement, err := requirementOf(report)
		must(err)
		result := resultOf(report, requirement, &bench)
		must(event{Result: &result}.write(stdout))
	})
	suiteConfig, reporterConfig := configuration(j.Specs)
	ginkgo.RunSpecs(&verdictless{}, suiteName, suiteConfig, reporterConfig)
	return nil
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
	suiteConfig.RandomSeed = 1           // the same order every time
	suiteConfig.Timeout = 24 * time.Hour // the parent keeps the time
	for _, spec := range specs {
		suiteConfig.FocusStrings = append(suiteConfig.FocusStrings, "^"+regexp.QuoteMeta(suiteName+" "+spec)+"$")
	}
	reporterConfig.Succinct, reporterConfig.NoColor = true, true
	return suiteConfig, reporterConfig
}

// verdictless takes Ginkgo's word that a spec failed, which the events say already.
type verdictless struct{}

func (*verdictless) Fail() {}
