package suites

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"sync"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites/lab"
	"github.com/natproof/natproof/suites/rfc"
	"github.com/natproof/natproof/topology/nat"
)

// A spec is one that the linked suites hold.
type spec struct {
	text        string
	requirement rfc.Requirement
	// wait is the longest that the spec lets pass: its own, or its requirement's.
	wait time.Duration
	// crowd is whether the spec moves packets by the thousands.
	crowd bool
	// file is the source file that the spec stands in.
	file string
}

// specs returns every spec of the linked suites, in the catalogue's order.
var specs = sync.OnceValue(func() []spec {
	suiteConfig, reporterConfig := configuration(nil)
	preview := ginkgo.PreviewSpecs(suiteName, suiteConfig, reporterConfig)
	var all []spec
	for _, report := range preview.SpecReports {
		requirement, err := requirementOf(report)
		if err != nil {
			panic("suites: " + err.Error()) // a spec without its requirement is our bug
		}
		wait := max(requirement.Wait, lab.WaitOf(report.Labels()))
		all = append(all, spec{
			report.FullText(), requirement, wait, lab.HasCrowd(report.Labels()), report.FileName(),
		})
	}
	place := map[string]int{}
	for i, r := range rfc.All() {
		place[r.ID] = i
	}
	slices.SortStableFunc(all, func(a, b spec) int {
		return cmp.Compare(place[a.requirement.ID], place[b.requirement.ID])
	})
	return all
})

// A RequirementSpecs is a catalogue entry with the specs that judge it.
type RequirementSpecs struct {
	rfc.Requirement
	Specs []string // empty when Untested says why
}

// Requirements returns the whole catalogue with its specs. It is found once: nobody may
// change it.
func Requirements() []RequirementSpecs { return requirements() }

var requirements = sync.OnceValue(func() []RequirementSpecs {
	judged := map[string][]string{}
	for _, s := range specs() {
		judged[s.requirement.ID] = append(judged[s.requirement.ID], s.text)
	}
	for _, o := range overalls() {
		judged[o.requirement.ID] = append(judged[o.requirement.ID], o.text)
	}
	for _, s := range sums() {
		judged[s.requirement.ID] = append(judged[s.requirement.ID], s.text())
	}
	var all []RequirementSpecs
	for _, r := range rfc.All() {
		all = append(all, RequirementSpecs{r, judged[r.ID]})
	}
	return all
})

// selected returns the specs that a config asks for.
func selected(cfg Config) []spec {
	var chosen []spec
	for _, s := range specs() {
		if matches(s.requirement.ID, cfg.Only) && s.requirement.Level.Strength() >= cfg.Level.Strength() {
			chosen = append(chosen, s)
		}
	}
	place := -1
	return slices.DeleteFunc(chosen, func(spec) bool { place++; return !cfg.Shard.Has(place) })
}

// untested returns the catalogue's entries without a spec that a config asks for.
func untested(cfg Config) []reports.Untested {
	all := []reports.Untested{}
	for _, r := range rfc.All() {
		if r.Untested == "" || !matches(r.ID, cfg.Only) || r.Level.Strength() < cfg.Level.Strength() {
			continue
		}
		all = append(all, reports.Untested{
			Requirement: r.ID, RFC: r.RFC, Section: r.Section, Level: r.Level, Title: r.Title, Reason: r.Untested,
		})
	}
	return all
}

// Check tells whether a config can be run at all. Its errors are those of
// Choose, an *UnknownError for the clock or a feature, an *UnjudgedError, ErrNegativeTimeout,
// and those of the NAT's driver.
func Check(cfg Config) error {
	if err := checkChoice(cfg.Only, cfg.Level); err != nil {
		return err
	}
	if err := checkJudged(cfg.Only); err != nil {
		return err
	}
	if cfg.Clock != "" && !slices.Contains(Clocks(), cfg.Clock) {
		return &UnknownError{Kind: "clock", Word: cfg.Clock, Known: Clocks()}
	}
	for _, feature := range cfg.Without {
		if known := nat.FeatureNames(); !slices.Contains(known, string(feature)) {
			return &UnknownError{Kind: "feature", Word: string(feature), Known: known}
		}
	}
	if cfg.Timeout < 0 {
		return ErrNegativeTimeout
	}
	if cfg.Shard != (reports.Shard{}) && len(selected(cfg)) == 0 {
		whole := cfg
		whole.Shard = reports.Shard{}
		return fmt.Errorf("shard %v has no spec; specs selected in all: %d", cfg.Shard, len(selected(whole)))
	}
	driver, err := lookup(cmp.Or(cfg.NAT, nat.DefaultName))
	if err != nil {
		return err
	}
	if info := driver.Info(); cfg.Clock == ClockReal && !slices.Contains(info.Clocks, nat.Real) {
		return fmt.Errorf("the NAT %q has only the %s clock", info.Name, info.Clocks[0])
	}
	return checkLong(cfg, driver.Info())
}

// matches reports whether a requirement is meant by one of these IDs or globs.
func matches(id string, patterns []string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool { return glob(p, id) })
}

// glob reports whether a requirement's ID is meant by a pattern: it is the ID,
// or a glob in the manner of path.Match.
func glob(pattern, id string) bool {
	ok, err := path.Match(pattern, id)
	return err == nil && ok
}
