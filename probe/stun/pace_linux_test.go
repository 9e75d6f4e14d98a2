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
		{"more than it can keep up with", batchSize, 200 * time.Microsecond, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var p pace
			var now time.Duration
			for range 100 {
				now += test.every
				p.took(test.packets, now)
			}
			if got := p.patient(); got != test.want {
				t.Errorf("patient is %t, want %t", got, test.want)
			}
		})
	}
}

// Nothing has come yet: the next packet may be far away.
func TestPaceBegins(t *testing.T) {
	if new(pace).patient() {
		t.Error("patient before the first packet")
	}
}

// A busy time ends with the first packet after a silence.
func TestPaceForgets(t *testing.T) {
	p := busyPace()
	p.took(1, p.last+time.Second)
	if p.patient() {
		t.Error("patient after a second of silence")
	}
}

// However busy a worker is, the others get their turn before it goes on.
func TestPaceLooksAround(t *testing.T) {
	p := busyPace()
	for range 3 {
		for i := range lookAround {
			if !p.patient() {
				t.Fatalf("patient %d times in a row, want %d", i, lookAround)
			}
		}
		for range 3 {
			if p.patient() {
				t.Fatal("patient before the others have had their turn")
			}
		}
		p.lookedAround()
	}
}

func busyPace() *pace {
	var p pace
	for range 100 {
		p.took(1, p.last+10*time.Microsecond)
	}
	return &p
}
