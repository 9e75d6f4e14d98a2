package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Words are what stands in a picture instead of the English words of a run. The zero value
// leaves them as they are.
type Words struct {
	Lang string // of the words, as HTML names it; empty for English
	// Texts are whole texts: steps, and what a chart says.
	Texts map[string]string
	// Parts are parts of calls and of what is said about a packet.
	Parts map[string]string
}

// text is a whole text in these words.
func (w Words) text(english string) (string, error) {
	english = oneLine(english)
	if w.Lang == "" {
		return english, nil
	}
	if other, ok := w.Texts[english]; ok {
		return other, nil
	}
	return "", fmt.Errorf("no words of %q for %q", w.Lang, english)
}

// parts puts the words into a text that has numbers and names beside them.
func (w Words) parts(english string) string {
	// A part of another part does not come before it.
	longest := func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) }
	var pairs []string
	for _, part := range slices.SortedFunc(maps.Keys(w.Parts), longest) {
		pairs = append(pairs, part, w.Parts[part])
	}
	return strings.NewReplacer(pairs...).Replace(oneLine(english))
}
