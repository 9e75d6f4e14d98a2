package main

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/natproof/natproof/reports"
	"github.com/natproof/natproof/suites"
	"github.com/spf13/cobra"
)

// checkPatterns returns a usage error for the first ID that is no
// requirement's, and for the first glob that matches none.
func checkPatterns(cmd *cobra.Command, patterns []string, all []suites.RequirementSpecs) error {
	ids := requirementIDs(all)
	for _, p := range patterns {
		if _, err := path.Match(p, ""); err != nil {
			return usagef(cmd, "glob %q: %w", p, err)
		}
		if !slices.ContainsFunc(ids, func(id string) bool { return matches(p, id) }) {
			if isGlob(p) {
				return usagef(cmd, "no requirement matches %q", p)
			}
			return usagef(cmd, "unknown requirement %q%s", p, didYouMean(p, ids))
		}
	}
	return nil
}

// checkJudged returns a usage error for the first pattern that matches only
// requirements without a spec, since a run of it would prove nothing.
func checkJudged(cmd *cobra.Command, patterns []string, all []suites.RequirementSpecs) error {
	for _, p := range patterns {
		judged, reason := false, ""
		for _, r := range all {
			if matches(p, r.ID) {
				judged = judged || len(r.Specs) > 0
				reason = r.Untested
			}
		}
		if judged {
			continue
		}
		if isGlob(p) {
			return usagef(cmd, "no spec judges any requirement that matches %q; 'natproof list %s' says why", p, p)
		}
		return usagef(cmd, "no spec judges %s: %s", p, reason)
	}
	return nil
}

func requirementIDs(all []suites.RequirementSpecs) []string {
	ids := make([]string, len(all))
	for i, r := range all {
		ids[i] = r.ID
	}
	return ids
}

func isGlob(pattern string) bool { return strings.ContainsAny(pattern, `*?[\`) }

func matches(pattern, id string) bool {
	ok, err := path.Match(pattern, id)
	return ok && err == nil
}

// matchesAny says whether id is chosen. No pattern chooses all.
func matchesAny(patterns []string, id string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool { return matches(p, id) })
}

// levelNames are the levels a user can ask for; their kin are as strong.
func levelNames() []string {
	return []string{string(reports.Must), string(reports.Should), string(reports.May)}
}

func parseLevel(cmd *cobra.Command, word string) (reports.Level, error) {
	if word == "" {
		return "", nil
	}
	level := reports.Level(strings.ToUpper(word))
	if level.Strength() == 0 {
		return "", usagef(cmd, "unknown level %q%s", word, oneOf(word, levelNames()))
	}
	return level, nil
}

// oneOf is the end of a complaint about a word of a short list.
func oneOf(typed string, known []string) string {
	if hint := didYouMean(typed, known); hint != "" {
		return hint
	}
	return fmt.Sprintf("; it is one of %s", strings.Join(known, ", "))
}
