package stun

import "time"

const (
	// busyGap is the mean time between packets below which a worker is busy.
	busyGap = 50 * time.Microsecond
	// paceMemory is how many batches the mean reaches back.
	paceMemory = 8
	// pauseGap is the time between batches from which on it is a pause, steadyLeast
	// how many batches without one it takes to be sure that the next comes soon.
	pauseGap    = time.Millisecond
	steadyLeast = 500
	// lookAround is how often in a row a worker is patient at most. Nothing else
	// can use its processor meanwhile: others wait for it less than a millisecond,
	// and at the end of a steady time as long as a system call waits.
	lookAround = 16
)

// A pace is how fast packets come to a worker. Where packets come fast but one
// by one, most of the cost of each is going to sleep and waking up by way of the
// runtime, which asks for news of all sockets first. A worker that is sure of
// the next packet is patient: it waits for it in the system call that reads.
// Bursts make no worker sure, however close together their packets are.
type pace struct {
	last    time.Duration // when the last batch came
	gap     time.Duration // between packets, a moving mean
	steady  int           // batches since the last pause
	waiting int           // how often it has read since the others had their turn
}

// took takes that n packets came at now.
func (p *pace) took(n int, now time.Duration) {
	gap := now - p.last
	p.last = now
	if p.steady++; gap >= pauseGap {
		p.steady = 0
	}
	// A long silence weighs no more than it must to end a busy time.
	p.gap += (min(gap/time.Duration(n), paceMemory*busyGap) - p.gap) / paceMemory
}

// patient reports whether to wait in the system call this time.
func (p *pace) patient() bool {
	p.waiting++
	return p.steady >= steadyLeast && p.gap < busyGap && p.waiting <= lookAround
}

// lookedAround notes that the others have had their turn.
func (p *pace) lookedAround() { p.waiting = 0 }
