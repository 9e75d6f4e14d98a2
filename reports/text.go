package reports

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxShown bounds each text of a run in the forms made for people.
const maxShown = 16 << 10

// clip cuts s to at most n bytes of whole characters, and shows that it did.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// printable makes a text of unknown origin safe to show: control characters,
// which command terminals and are illegal in XML, and characters that reverse
// or hide what stands beside them become the replacement character.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == 0xFFFE, r == 0xFFFF:
			return utf8.RuneError
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n"))
}

// shown is a text of the run as people are shown it.
func shown(s string) string { return clip(printable(s), maxShown) }

// oneLine is shown for a place that has one line.
func oneLine(s string) string { return strings.Join(strings.Fields(shown(s)), " ") }

// span writes a length of time with two units at most: "0.4 ms", "12 ms",
// "4 min 59 s", "2 h 4 min".
func span(ms float64) string {
	// Beyond a century the number is damage, and its seconds no int64.
	const century = 100 * 365 * 24 * float64(time.Hour/time.Millisecond)
	switch {
	case !(ms > 0): // NaN too
		return "0 ms"
	case ms < 9.95:
		return strconv.FormatFloat(ms, 'f', 1, 64) + " ms"
	case ms < 999.5:
		return strconv.FormatFloat(ms, 'f', 0, 64) + " ms"
	case ms < 59_950:
		return strings.TrimSuffix(strconv.FormatFloat(ms/1000, 'f', 1, 64), ".0") + " s"
	case ms > century:
		return "more than a century"
	}
	s := int64(ms/1000 + 0.5)
	if s < 3600 {
		return units(s/60, "min", s%60, "s")
	}
	return units(s/3600, "h", s%3600/60, "min")
}

func units(a int64, unitA string, b int64, unitB string) string {
	text := strconv.FormatInt(a, 10) + " " + unitA
	if b != 0 {
		text += " " + strconv.FormatInt(b, 10) + " " + unitB
	}
	return text
}

// thousands writes a number with commas.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// plural is a count with its noun.
func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// short cuts s to n characters.
func short(s string, n int) string {
	s = oneLine(s)
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
