// Package span writes lengths of time as people read them. It is for what is shown;
// what programs read has milliseconds as numbers.
package span

import (
	"strconv"
	"strings"
	"time"
)

// Text writes a length of time with two units at most: "31 µs", "0.4 ms", "12 ms",
// "4 min 59 s", "2 h 4 min". What is not positive is "0 ms".
func Text(d time.Duration) string { return Millis(float64(d) / float64(time.Millisecond)) }

// Millis is Text of any number of milliseconds, which may be none or too many.
func Millis(ms float64) string {
	// Beyond a century the number is damage, and its seconds no int64.
	const century = 100 * 365 * 24 * float64(time.Hour/time.Millisecond)
	switch {
	case !(ms > 0): // NaN too
		return "0 ms"
	case ms < 0.0995:
		return strconv.FormatFloat(1000*ms, 'f', 0, 64) + " µs"
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
