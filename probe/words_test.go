package probe_test

import (
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
)

// A short time is not written as zero.
func TestMillisWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 31400 * time.Nanosecond: "31µs", 1234567 * time.Nanosecond: "1.2ms",
		4127300 * time.Microsecond: "4.1273s",
	} {
		if got := probe.Millis(d).String(); got != want {
			t.Errorf("%v reads %s, want %s", d, got, want)
		}
	}
}
