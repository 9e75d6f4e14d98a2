package suites_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
)

// What the page of requirements says of the kernel's NAT. It comes from a run, whose
// verdicts are kept in a file, so that the page is the same on every machine.

var (
	updatePage = flag.Bool("update", false, "write docs/requirements.md")
	kernelRun  = flag.String("kernel", "", "results.json of a run with --nat nftables, whose verdicts to keep")
)

const (
	kernelFile = "../docs/requirements.linux.tsv"
	linuxPage  = "../docs/linux.md"
)

// kernelData are the verdicts on one kernel's NAT.
type kernelData struct {
	release  string // "Linux 6.18"
	ids      []string
	verdicts map[string]reports.Verdict
	reasons  map[string]string // why it could not be judged
}

// kernelVerdicts reads the verdicts that are kept, which are those of a new run if there
// is one.
func kernelVerdicts(t *testing.T) kernelData {
	t.Helper()
	if *kernelRun != "" {
		keepRun(t, *kernelRun)
	}
	text, err := os.ReadFile(kernelFile)
	if err != nil {
		t.Fatal(err)
	}
	release, lines, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	data := kernelData{release: release, verdicts: map[string]reports.Verdict{}, reasons: map[string]string{}}
	for line := range strings.SplitSeq(lines, "\n") {
		id, end, _ := strings.Cut(line, "\t")
		word, reason, _ := strings.Cut(end, "\t")
		var verdict reports.Verdict
		if err := verdict.UnmarshalText([]byte(word)); err != nil {
			t.Fatalf("%s: want a requirement, a verdict and maybe why, got %q", kernelFile, line)
		}
		data.ids = append(data.ids, id)
		data.verdicts[id], data.reasons[id] = verdict, reason
	}
	return data
}

// keepRun writes the file of verdicts from a run's results.
func keepRun(t *testing.T, name string) {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	run, err := reports.ReadJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	worst, explained := reports.Worst(run.Results), explainedFailures(t)
	var out strings.Builder
	fmt.Fprintln(&out, releaseOf(run.Kernel))
	for _, r := range suites.Requirements() {
		if verdict, judged := worst[r.ID]; judged {
			reason := ""
			if verdict != reports.Fail || explained[r.ID] == "" { // or it would differ by the ports of each run
				reason = reasonOf(run, r.ID, verdict)
			}
			fmt.Fprintln(&out, strings.TrimSpace(r.ID+"\t"+verdict.String()+"\t"+reason))
		}
	}
	if run.NAT.Driver != "nftables" || run.Broken != "" || run.Interrupted {
		t.Fatalf("%s: want a whole run with --nat nftables", name)
	}
	if err := os.WriteFile(kernelFile, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// reasonOf is the first line of why a requirement has its verdict. What a policy is refused
// for is told without whose word it is.
func reasonOf(run *reports.Run, id string, verdict reports.Verdict) string {
	for _, r := range run.Results {
		if r.Requirement == id && r.Verdict == verdict {
			first, _, _ := strings.Cut(r.Reason, "\n")
			return strings.TrimPrefix(strings.ReplaceAll(first, "\t", " "), "nat: nftables: ")
		}
	}
	return ""
}

// releaseOf cuts what uname says to the kernel's name and the first two numbers of its
// release: "Linux 6.18".
func releaseOf(uname string) string {
	return regexp.MustCompile(`^\S+ \d+\.\d+`).FindString(uname)
}

// onKernel says how a requirement ends on the kernel's NAT, and where it says why.
func (p *requirementsListing) onKernel(r suites.RequirementSpecs) string {
	verdict, judged := p.kernel.verdicts[r.ID]
	where := p.explained[r.ID]
	switch {
	case !judged:
		return ""
	case verdict == reports.Pass:
		return verdict.String()
	case verdict == reports.Unsupported || where == "":
		return verdict.String() + ": " + p.kernel.reasons[r.ID]
	}
	return verdict.String() + ": " + where
}

// explainedFailures reads from the page on Linux which requirements its tables speak of,
// and links to the section. A later ID of a cell may leave out what the one before began
// with.
func explainedFailures(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(linuxPage)
	if err != nil {
		t.Fatal(err)
	}
	explained, section := map[string]string{}, ""
	unlinked := regexp.MustCompile(`[^\w\- ]`)
	for line := range strings.SplitSeq(string(text), "\n") {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			anchor := strings.ReplaceAll(unlinked.ReplaceAllString(strings.ToLower(title), ""), " ", "-")
			section = fmt.Sprintf("[%s](linux.md#%s)", title, anchor)
		}
		cells := strings.Split(line, "|")
		if len(cells) < 5 {
			continue
		}
		document := ""
		for id := range strings.SplitSeq(strings.TrimSpace(cells[1]), ", ") {
			if len(known([]string{id})) == 0 {
				id = document + "." + id
			}
			document, _, _ = strings.Cut(id, ".")
			if explained[id] == "" {
				explained[id] = section
			}
		}
	}
	return explained
}

// TestKernelVerdictsKept: the verdicts that are kept are of all requirements that have
// specs, and every MUST that the kernel's NAT fails is explained.
func TestKernelVerdictsKept(t *testing.T) {
	data, explained := kernelVerdicts(t), explainedFailures(t)
	var judged []string
	for _, r := range suites.Requirements() {
		if len(r.Specs) == 0 {
			continue
		}
		judged = append(judged, r.ID)
		binds := r.Level.Strength() == reports.Must.Strength()
		if binds && data.verdicts[r.ID] == reports.Fail && explained[r.ID] == "" {
			t.Errorf("%s fails, and no table of docs/linux.md speaks of it", r.ID)
		}
	}
	for _, id := range judged {
		if !slices.Contains(data.ids, id) {
			t.Errorf("no verdict of the kernel is kept for %s; make requirements asks the kernel", id)
		}
	}
	for _, id := range data.ids {
		if !slices.Contains(judged, id) {
			t.Errorf("a verdict of the kernel is kept for %s, which has no spec", id)
		}
	}
}

// TestKernelVerdictsAreSo: this kernel's NAT has the verdicts that are kept, if they were
// taken on a kernel of its release. Another may differ, which is no mistake of the page's. What
// a busy machine leaves undecided, or a kernel without a module unsupported, says nothing either.
func TestKernelVerdictsAreSo(t *testing.T) {
	data := kernelVerdicts(t)
	if here := releaseOf(thisKernel(t)); here != data.release {
		t.Skipf("the verdicts are those of %s, and this is %s", data.release, here)
	}
	needNft(t)
	if underRace {
		t.Skip("make test runs it without the race detector as well, where it takes seconds")
	}
	run, err := suites.Run(t.Context(), suites.Config{NAT: "nftables"})
	if err != nil {
		t.Fatal(err)
	}
	says := []reports.Verdict{reports.Pass, reports.Fail, reports.Error}
	for id, got := range reports.Worst(run.Results) {
		if want := data.verdicts[id]; got != want && slices.Contains(says, got) {
			t.Errorf("%s: %s, and docs/requirements.md says %s", id, got, want)
		}
	}
}

func thisKernel(t *testing.T) string {
	t.Helper()
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		t.Fatal(err)
	}
	return unix.ByteSliceToString(name.Sysname[:]) + " " + unix.ByteSliceToString(name.Release[:])
}
