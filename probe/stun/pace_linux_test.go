package stun

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	for _, test := range []struct {
		name    string
		packets int // in a batch
		every   time.Duration
		want    bool
	}{
		{"now and then", 1, time.Second, false},
		{"10,000 a second", 1, 100 * time.Microsecond, false},
		{"40,000 a second, one by one", 1, 25 * time.Microsecond, true},
		{"40,000 a second, four at once", 4, 100 * time.Microsecond, true},
		{"many at once, seldom", 16, time.Second, false},
		{"more than it can keep up with", batchSize, 200 * time.Microsecond, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var p pace
			var now time.Duration
			got := false
			for range 100 {
				now += test.every
				got = p.busy(test.packets, now)
			}
			if got != test.want {
				t.Errorf("busy is %t, want %t", got, test.want)
			}
		})
	}
}

// A busy time ends with the first packet after a silence.
func TestPaceForgets(t *testing.T) {
	var p pace
	var now time.Duration
	for range 100 {
		now += 10 * time.Microsecond
		p.busy(1, now)
	}
	if now += time.Second; p.busy(1, now) {
		t.Error("busy after a second of silence")
	}
}
