package stun

import "time"

const (
	// busyGap is the mean time between packets below which a worker is busy.
	busyGap = 50 * time.Microsecond
	// paceMemory is how many batches the mean reaches back.
	paceMemory = 8
	// lookAround is how often in a row a worker is patient at most. Nobody else
	// can use its processor meanwhile: those who wait for it do so for less than
	// a millisecond.
	lookAround = 16
)

// A pace is how fast packets come to a worker. Where they come fast but one by
// one, most of what each costs is going to sleep and waking up for it by way of
// the runtime, which asks for news of all sockets before. A worker that is sure
// of the next packet is patient: it waits for it in the system call that reads.
type pace struct {
	last    time.Duration // when the last batch came
	gap     time.Duration // between packets, a moving mean
	waiting int           // how often it has read since the others had their turn
}

// took takes that n packets came at now.
func (p *pace) took(n int, now time.Duration) {
	gap := (now - p.last) / time.Duration(n)
	p.last = now
	// A long silence weighs no more than it must to end a busy time.
	p.gap += (min(gap, paceMemory*busyGap) - p.gap) / paceMemory
}

// patient reports whether to wait in the system call this time.
func (p *pace) patient() bool {
	p.waiting++
	return p.last != 0 && p.gap < busyGap && p.waiting <= lookAround
}

// lookedAround notes that the others have had their turn.
func (p *pace) lookedAround() { p.waiting = 0 }
