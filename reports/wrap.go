package reports

import "strings"

// wrap breaks s into lines of about n columns, most at most.
func wrap(s string, n, most int) []string {
	n = max(n, 20)
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = short(word, n)
		case room(line)+1+room(word) <= n:
			line += " " + word
		default:
			if lines = append(lines, line); len(lines) == most {
				lines[most-1] = short(line, n-2) + " …"
				return lines
			}
			line = short(word, n)
		}
	}
	return append(lines, line)
}

// hangul is where the scripts begin whose characters are two columns wide.
const hangul = '\u1100'

// room is how many columns of a monospaced font a text takes: characters from Hangul on, with
// the scripts of China and Japan, take two.
func room(text string) int {
	n := 0
	for _, r := range text {
		n++
		if r >= hangul && (r < '\u2000' || r >= '\u2e80') { // punctuation and arrows lie between
			n++
		}
	}
	return n
}
