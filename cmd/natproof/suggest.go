package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// didYouMean is the end of a complaint about a word that is not known: the
// nearest word that is, or nothing when every word is far from it.
func didYouMean(typed string, known []string) string {
	if word := nearest(typed, known); word != "" {
		return fmt.Sprintf("; did you mean %q?", word)
	}
	return ""
}

// fewWords is how many words a complaint about one of a long list offers.
const fewWords = 3

// alike is the end of a complaint about a word of a long list: the few that are nearest to
// it, or have it in them.
func alike(typed string, known []string) string {
	typed = strings.ToLower(typed)
	var near []string
	for _, k := range known {
		if len(typed) > 2 && strings.Contains(k, typed) || changes(typed, k) < tooFar(typed) {
			near = append(near, fmt.Sprintf("%q", k))
		}
	}
	slices.SortStableFunc(near, func(a, b string) int { return cmp.Compare(changes(typed, a), changes(typed, b)) })
	switch near = near[:min(len(near), fewWords)]; len(near) {
	case 0:
		return ""
	case 1:
		return "; did you mean " + near[0] + "?"
	}
	last := len(near) - 1
	return "; did you mean " + strings.Join(near[:last], ", ") + " or " + near[last] + "?"
}

// changes counts what has to change in a word to make it another.
func changes(typed, known string) int {
	return levenshtein.ComputeDistance(typed, strings.ToLower(known))
}

// tooFar is how many changes make a word a guess: more than a third of it.
func tooFar(typed string) int { return max(2, len(typed)/3) + 1 }

// nearest returns the known word that needs the fewest changes to be typed. It
// returns "" when even that one would be a guess.
func nearest(typed string, known []string) string {
	typed = strings.ToLower(typed)
	best, word := tooFar(typed), ""
	for _, k := range known {
		if d := changes(typed, k); d < best {
			best, word = d, k
		}
	}
	return word
}
