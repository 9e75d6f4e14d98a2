package main

import (
	"fmt"
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

// nearest returns the known word that needs the fewest changes to be typed. It
// returns "" when even that one would be a guess: more than a third changed.
func nearest(typed string, known []string) string {
	typed = strings.ToLower(typed)
	best, word := max(2, len(typed)/3)+1, ""
	for _, k := range known {
		if d := levenshtein.ComputeDistance(typed, strings.ToLower(k)); d < best {
			best, word = d, k
		}
	}
	return word
}
