package stun

import "time"

const (
	// gathering is how long a busy worker lets packets gather, to which the
	// system's timers add their slack of 50 us. It is little beside any way to a
	// client, and longer would show in the slowest answers.
	gathering = 10 * time.Microsecond
	// busyGap is the mean time between packets below which a worker is busy.
	busyGap = 50 * time.Microsecond
	// paceMemory is how many batches the mean reaches back.
	paceMemory = 8
)

// A pace is how fast packets come to a worker. Where they come fast but one by
// one, most of what each costs is waking up for it. A worker that waits a moment
// wakes up once for several.
type pace struct {
	last time.Duration // when the last batch came
	gap  time.Duration // between packets, a moving mean
}

// busy takes that n packets came at now, and reports whether to let more gather.
func (p *pace) busy(n int, now time.Duration) bool {
	gap := (now - p.last) / time.Duration(n)
	p.last = now
	// A long silence weighs no more than it must to end a busy time.
	p.gap += (min(gap, paceMemory*busyGap) - p.gap) / paceMemory
	return p.gap < busyGap && n < batchSize/2
}
