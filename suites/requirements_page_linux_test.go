package suites_test

import (
	"cmp"
	_ "embed"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/suites"
	"github.com/natproof/natproof/topology/refnat"
)

// The page of docs that shows for every requirement what judges it and what proves that.
// `make requirements` writes it.

const requirementsPage = "../docs/requirements.md"

// pageHead stands before everything that is counted, and names the kernel once.
//
//go:embed testdata/requirements.head.md
var pageHead string

// TestRequirementsPage: docs/requirements.md says what is so.
func TestRequirementsPage(t *testing.T) {
	page := newRequirementsPage(t, kernelVerdicts(t))
	got := page.String()
	if *updatePage {
		if err := os.WriteFile(requirementsPage, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(requirementsPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), got); diff != "" {
		t.Errorf("docs/requirements.md is out of date; make requirements writes it anew (-page +code):\n%s", diff)
	}
	if len(page.unproven) > 0 {
		t.Errorf("no NAT of the tests breaks %s", strings.Join(page.unproven, ", "))
	}
}

// A requirementsListing is what the page says, with what it lacks.
type requirementsListing struct {
	kernel              kernelData
	explained           map[string]string
	files               map[string]string
	faults, independent map[string][]string // by requirement
	table               strings.Builder
	untested, lonely    []suites.RequirementSpecs // without a spec, without an independent NAT
	unproven            []string                  // without a NAT that is broken in them
}

func newRequirementsPage(t *testing.T, kernel kernelData) *requirementsListing {
	t.Helper()
	p := &requirementsListing{
		kernel: kernel, explained: explainedFailures(t), files: suites.Files(),
		faults: provingFaults(), independent: independentNATs(),
	}
	document := ""
	for _, r := range suites.Requirements() {
		if name := documentOf(r); name != document {
			document = name
			fmt.Fprintf(&p.table, "\n## %s\n\n| requirement | level | what it asks | specs | fault | "+
				"independent NAT | %s |\n|---|---|---|---|---|---|---|\n", name, kernel.release)
		}
		p.row(r)
	}
	return p
}

func documentOf(r suites.RequirementSpecs) string {
	if r.RFC == 0 {
		return "Beyond the RFCs"
	}
	return fmt.Sprintf("RFC %d", r.RFC)
}

func (p *requirementsListing) row(r suites.RequirementSpecs) {
	specs, fault, independent := p.filesOf(r), few(p.faults[r.ID]), few(p.independent[r.ID])
	switch {
	case len(r.Specs) == 0:
		p.untested = append(p.untested, r)
		specs, fault, independent = "none: see [gaps](#gaps)", "", ""
	case len(r.MadeOf) > 0:
		specs, fault, independent = "those of "+strings.Join(r.MadeOf, ", "), "theirs", "theirs"
	default:
		if fault == "" && independent == "" {
			p.unproven = append(p.unproven, r.ID)
		}
		if independent == "" {
			p.lonely = append(p.lonely, r)
		}
	}
	cells := []string{
		fmt.Sprintf(`<a id="%s"></a>%s`, r.ID, r.ID), string(r.Level), r.Title, specs, fault, independent,
		p.onKernel(r),
	}
	for i, cell := range cells {
		cells[i] = strings.ReplaceAll(cell, "|", `\|`)
	}
	p.table.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// filesOf links to the files of a requirement's specs.
func (p *requirementsListing) filesOf(r suites.RequirementSpecs) string {
	count := map[string]int{}
	for _, spec := range r.Specs {
		_, name, found := strings.Cut(filepath.ToSlash(p.files[spec]), "/suites/")
		if !found {
			continue // judged over all specs of a run
		}
		count[name]++
	}
	var links []string
	for _, name := range slices.Sorted(maps.Keys(count)) {
		links = append(links, fmt.Sprintf("%d in [%s](../suites/%s)", count[name],
			path.Join(path.Base(path.Dir(name)), path.Base(name)), name))
	}
	if suites.JudgedOverall(r.ID) {
		links = append(links, "every spec of a run")
	}
	return strings.Join(links, ", ")
}

// few names the first of a list, and counts the rest.
func few(names []string) string {
	const most = 2
	if len(names) <= most+1 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// provingFaults returns the faults that break a requirement, those that break it alone
// first. Of real hosts they are the counters that are faults.
func provingFaults() map[string][]string {
	type proof struct {
		name string
		also int // how many other requirements it breaks
	}
	proofs := map[string][]proof{}
	for _, name := range refnat.FaultNames() {
		breaks := refnat.FaultBreaks(name)
		own := ownBreaks(breaks, ofOthers(name))
		for _, id := range breaks {
			also := len(breaks)
			if slices.Contains(own, id) {
				also = len(own) - 1
			}
			proofs[id] = append(proofs[id], proof{"`" + name + "`", also})
		}
	}
	for _, c := range counters {
		for _, id := range known(c.breaks) {
			fault, ok := strings.CutPrefix(c.name, "ref:")
			if ok && !slices.Contains(refnat.FaultBreaks(fault), id) {
				proofs[id] = append(proofs[id], proof{"`" + fault + "`", 0})
			}
		}
	}
	names := map[string][]string{}
	for id, some := range proofs {
		slices.SortStableFunc(some, func(a, b proof) int { return cmp.Compare(a.also, b.also) })
		for _, one := range some {
			names[id] = append(names[id], one.name)
		}
	}
	return names
}

// independentNATs returns the broken NATs that share no code with the reference NAT, by
// the requirements that they break.
func independentNATs() map[string][]string {
	names := map[string][]string{}
	add := func(kind, name string, breaks []string) {
		for _, id := range breaks {
			names[id] = append(names[id], fmt.Sprintf("%s: %s", kind, name))
		}
	}
	for _, f := range slices.Concat(kernelTables()...) {
		add("kernel", f.name, f.breaks)
	}
	for _, f := range slices.Concat(smallTables()...) {
		add("small", f.name, f.breaks)
	}
	for _, c := range counters {
		if c.mistake != "" {
			add("kernel", c.name, known(c.breaks))
		}
	}
	return names
}

func (p *requirementsListing) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, pageHead, p.kernel.release)
	out.WriteString("\n## Gaps\n\n")
	p.gaps(&out)
	out.WriteString(p.table.String())
	return out.String()
}

// gaps says what is not judged, or not proven, and why.
func (p *requirementsListing) gaps(out *strings.Builder) {
	if len(p.unproven) == 0 {
		out.WriteString("Every requirement with specs is broken by a fault of the reference NAT or, where only " +
			"real hosts can tell, by a rule of the\nkernel's NAT. ")
	} else {
		fmt.Fprintf(out, "**Nothing proves** %s. ", strings.Join(p.unproven, ", "))
	}
	fmt.Fprintf(out, "%d requirements have no spec:\n\n"+
		"| requirement | level | what it asks | why no spec judges it |\n|---|---|---|---|\n", len(p.untested))
	for _, r := range p.untested {
		fmt.Fprintf(out, "| %s | %s | %s | %s |\n", r.ID, r.Level, r.Title, strings.ReplaceAll(r.Untested, "|", `\|`))
	}
	if len(p.lonely) == 0 {
		return
	}
	fmt.Fprintf(out, "\n%d are broken by a fault alone, and by no independent NAT of the tests yet:\n\n"+
		"| requirement | level | what it asks |\n|---|---|---|\n", len(p.lonely))
	for _, r := range p.lonely {
		fmt.Fprintf(out, "| %s | %s | %s |\n", r.ID, r.Level, r.Title)
	}
}
