package refnat

import "time"

// TimerFaults are in the timers of UDP mappings.
type TimerFaults struct {
	// AlmostTwoMinutes ends a mapping after 119.5 s that was used only once, answered
	// or not. Breaks REQ-5.
	AlmostTwoMinutes bool `breaks:"rfc4787.req-5"`
}

const almostTwoMinutes = 119*time.Second + 500*time.Millisecond

// single limits the life of a mapping that was used only once.
func (f TimerFaults) single(sound time.Duration) time.Duration {
	if f.AlmostTwoMinutes {
		return min(almostTwoMinutes, sound)
	}
	return sound
}
