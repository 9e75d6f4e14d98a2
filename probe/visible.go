package probe

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxVisible bounds each text of unknown origin.
const maxVisible = 4 << 10

// Visible makes a text safe to show that a server, a router or a resolver may
// have had a hand in. It bounds the text, and replaces characters that command a
// terminal, or reverse or hide their neighbours.
func Visible(s string) string {
	if len(s) > maxVisible {
		s = strings.ToValidUTF8(s[:maxVisible], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return utf8.RuneError
		}
		return r
	}, s)
}
