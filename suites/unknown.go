package suites

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites/rfc"
)

// An UnknownError is a word of a Config that names nothing.
type UnknownError struct {
	Kind  string   // what it ought to name: requirement, level, clock or feature
	Word  string   // an ID, a glob, or a word
	Known []string // what there is; empty for a glob
}

func (e *UnknownError) Error() string {
	if e.Kind == "requirement" && isGlob(e.Word) {
		return fmt.Sprintf("no requirement matches %q", e.Word)
	}
	return fmt.Sprintf("unknown %s %q", e.Kind, e.Word)
}

// An UnjudgedError is an ID or glob that means only requirements without a spec,
// so that a run of it would prove nothing.
type UnjudgedError struct {
	Pattern string
	Reason  string // the catalogue's, or what to do; empty for a glob
}

func (e *UnjudgedError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("no spec judges any requirement that matches %q", e.Pattern)
	}
	return fmt.Sprintf("no spec judges %s: %s", e.Pattern, e.Reason)
}

// ErrNegativeTimeout is a Config's Timeout below zero.
var ErrNegativeTimeout = errors.New("the timeout is negative")

// Clocks returns the words that a Config's Clock may be.
func Clocks() []string { return []string{ClockAuto, ClockReal} }

// Choose returns the catalogue's entries that are meant by one of these IDs or
// globs and are at least this strong. No pattern means all, and so does an empty
// level. A word that names nothing is an *UnknownError, an invalid glob is
// path.ErrBadPattern.
func Choose(only []string, level reports.Level) ([]RequirementSpecs, error) {
	if err := checkChoice(only, level); err != nil {
		return nil, err
	}
	var chosen []RequirementSpecs
	for _, r := range Requirements() {
		if matches(r.ID, only) && r.Level.Strength() >= level.Strength() {
			chosen = append(chosen, r)
		}
	}
	return chosen, nil
}

func checkChoice(only []string, level reports.Level) error {
	for _, pattern := range only {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("invalid glob %q: %w", pattern, err)
		}
		if !slices.ContainsFunc(rfc.All(), func(r rfc.Requirement) bool { return glob(pattern, r.ID) }) {
			unknown := &UnknownError{Kind: "requirement", Word: pattern}
			if !isGlob(pattern) {
				for _, r := range rfc.All() {
					unknown.Known = append(unknown.Known, r.ID)
				}
			}
			return unknown
		}
	}
	if level != "" && level.Strength() == 0 {
		unknown := &UnknownError{Kind: "level", Word: string(level)}
		for _, l := range reports.Levels() {
			unknown.Known = append(unknown.Known, string(l))
		}
		return unknown
	}
	return nil
}

// checkJudged finds the first pattern that no spec belongs to.
func checkJudged(only []string) error {
	others := slices.ContainsFunc(specs(), func(s spec) bool { return matches(s.requirement.ID, only) })
	for _, pattern := range only {
		if slices.ContainsFunc(specs(), func(s spec) bool { return glob(pattern, s.requirement.ID) }) {
			continue
		}
		unjudged := &UnjudgedError{Pattern: pattern}
		if r, ok := rfc.ByID(pattern); ok {
			unjudged.Reason = r.Untested
		}
		if r, ok := rfc.ByID(pattern); ok && len(r.MadeOf) > 0 {
			if slices.ContainsFunc(specs(), func(s spec) bool {
				return slices.Contains(partsOf(r), s.requirement.ID) && matches(s.requirement.ID, only)
			}) {
				continue
			}
			unjudged.Reason = "it is judged by " + strings.Join(partsOf(r), ", ") + ", so ask for those as well"
		}
		if slices.ContainsFunc(overalls(), func(o overall) bool { return glob(pattern, o.requirement.ID) }) {
			if others {
				continue
			}
			unjudged.Reason = "it is judged over the specs of other requirements, so ask for some of those as well"
		}
		return unjudged
	}
	return nil
}

func isGlob(pattern string) bool { return strings.ContainsAny(pattern, `*?[\`) }
