package nat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/natproof/natproof/topology"
)

// DefaultName is the NAT that is judged when nobody names one.
const DefaultName = "nftables"

// An entry is one kind of NAT. Each stands in the file of its driver.
type entry struct {
	info Info
	// words returns those that may follow the name and a colon, in a list
	// without an order. For a nil func one argument of any kind must follow.
	words func() []string
	new   func(args []string) (Driver, error)
	// needs looks for what the NAT needs beside the kernel, and tells what it
	// has found. Its error is an *UnfitError. It is nil for a NAT without needs.
	needs func() (found string, err error)
}

// kind is the part of the name before the colon.
func (e entry) kind() string {
	kind, _, _ := strings.Cut(e.info.Name, ":")
	return kind
}

// entries are all kinds of NAT, the default first.
func entries() []entry {
	return []entry{nftablesEntry(), iptablesEntry(), cniEntry(), refEntry(), memoryEntry(), programEntry()}
}

// Drivers describes every kind of NAT that Lookup knows, the default first.
func Drivers() []Info {
	var infos []Info
	for _, e := range entries() {
		infos = append(infos, e.info)
	}
	return infos
}

// Diagnose finds out which kinds of NAT have on this machine what they need
// beside the kernel.
func Diagnose() []topology.Finding {
	var findings []topology.Finding
	for _, e := range entries() {
		if e.needs == nil {
			continue
		}
		finding := topology.Finding{Name: "--nat " + e.kind(), OK: true}
		var err error
		var unfit *UnfitError
		if finding.Detail, err = e.needs(); errors.As(err, &unfit) {
			finding.OK, finding.Detail, finding.Fix = false, unfit.Program+" "+unfit.Why, unfit.Remedy
		}
		findings = append(findings, finding)
	}
	return findings
}

// Lookup returns the NAT of that name: "nftables", "nftables:OPTION,…", "ref",
// "ref:FAULT,…", "exec:PROGRAM" and so on, where PROGRAM is one path and no
// arguments. The error is an *UnknownDriverError for a NAT that there is not, an
// *UnknownOptionError for an option or fault that there is not, and an
// *UnfitError for one that cannot be started on this machine.
func Lookup(name string) (Driver, error) {
	kind, rest, colon := strings.Cut(name, ":")
	known := []string{}
	for _, e := range entries() {
		known = append(known, e.info.Name)
		if e.kind() != kind || e.words == nil && !colon {
			continue
		}
		if e.words == nil {
			return e.new([]string{rest})
		}
		words, err := e.options(rest, colon)
		if err != nil {
			return nil, err
		}
		return e.new(words)
	}
	return nil, &UnknownDriverError{Name: name, Known: known}
}

// SplitNames cuts a list of NATs at its commas, "nftables,ref:no-hairpin,duplicates" in two:
// what does not begin with a driver's name is one more option of the NAT before it, or
// belongs to the path of its program.
func SplitNames(list string) []string {
	var names []string
	for _, word := range strings.Split(list, ",") {
		kind, _, _ := strings.Cut(word, ":")
		begins := slices.ContainsFunc(entries(), func(e entry) bool { return e.kind() == kind })
		if last := len(names) - 1; last >= 0 && !begins {
			names[last] += "," + word
			continue
		}
		names = append(names, word)
	}
	return names
}

// options cuts what follows the colon into words, each of them known. Their
// order does not matter, so it is made one, and a repeated word counts once.
func (e entry) options(list string, colon bool) ([]string, error) {
	if !colon {
		return nil, nil
	}
	words := strings.Split(list, ",")
	known := e.words()
	for _, word := range words {
		if !knows(known, word) {
			return nil, &UnknownOptionError{Name: e.kind() + ":" + word, Known: prefixed(e.kind()+":", known)}
		}
	}
	slices.Sort(words)
	return slices.Compact(words), nil
}

// knows reports whether a word is among those known, or has the form of one.
func knows(known []string, word string) bool {
	return slices.ContainsFunc(known, func(form string) bool {
		_, numbered := numberIn(word, form)
		return numbered || word == form && !strings.HasSuffix(form, "-N")
	})
}

func prefixed(prefix string, words []string) []string {
	var out []string
	for _, word := range words {
		out = append(out, prefix+word)
	}
	return out
}

// An UnknownDriverError is the name of a NAT that Lookup does not know. Known
// lists the names that it does.
type UnknownDriverError struct {
	Name  string
	Known []string
}

func (e *UnknownDriverError) Error() string {
	return fmt.Sprintf("nat: no NAT is called %q; there are %s", e.Name, strings.Join(e.Known, ", "))
}

// An UnknownOptionError is an option or a fault that a NAT does not know. Name
// and Known begin with the NAT's name: "ref:no-hairpin".
type UnknownOptionError struct {
	Name  string
	Known []string
}

// readableOptions is how many options a message names at most. The faults of the reference
// NAT are hundreds.
const readableOptions = 20

func (e *UnknownOptionError) Error() string {
	kind, word, _ := strings.Cut(e.Name, ":")
	if word == "" && len(e.Known) > readableOptions {
		return fmt.Sprintf("nat: %s: an option is empty", kind)
	}
	if word == "" {
		return fmt.Sprintf("nat: %s: an option is empty; name one of %s", kind, strings.Join(e.Known, ", "))
	}
	if len(e.Known) > readableOptions {
		return fmt.Sprintf("nat: %s has no option or fault %q", kind, word)
	}
	return fmt.Sprintf("nat: %s has no option or fault %q; there are %s", kind, word, strings.Join(e.Known, ", "))
}

// A described is what every driver has. Where there are no namespaces it is all
// that most of them have.
type described struct{ info Info }

func (d described) Info() Info { return d.info }

// An immediate is a Starter that needs no preparation.
type immediate struct {
	start func(ctx context.Context, site Site, policy Policy) (NAT, error)
}

func (s immediate) Start(ctx context.Context, site Site, policy Policy) (NAT, error) {
	if err := policy.Check(site); err != nil {
		return nil, err
	}
	return s.start(ctx, site, policy)
}

func (immediate) Close() error { return nil }
