package span_test

import (
	"math"
	"testing"
	"time"

	"github.com/natproof/natproof/span"
)

func TestMillis(t *testing.T) {
	for _, tt := range []struct {
		ms   float64
		want string
	}{
		{0, "0 ms"}, {-1, "0 ms"}, {math.NaN(), "0 ms"}, {0.0314, "31 µs"}, {0.0996, "0.1 ms"}, {0.44, "0.4 ms"},
		{9.96, "10 ms"}, {12.4, "12 ms"},
		{999.6, "1 s"}, {1234, "1.2 s"}, {59_960, "1 min"}, {299_000, "4 min 59 s"}, {7_440_000, "2 h 4 min"},
		{math.Inf(1), "more than a century"}, {1e300, "more than a century"},
	} {
		if got := span.Millis(tt.ms); got != tt.want {
			t.Errorf("%v ms: %q, want %q", tt.ms, got, tt.want)
		}
	}
}

func TestText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 ms", 600 * time.Nanosecond: "1 µs", 31400 * time.Nanosecond: "31 µs", 1234567 * time.Nanosecond: "1.2 ms",
		30800 * time.Microsecond: "31 ms", 4127300 * time.Microsecond: "4.1 s", 125 * time.Second: "2 min 5 s",
		math.MaxInt64: "more than a century", math.MinInt64: "0 ms",
	} {
		if got := span.Text(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
