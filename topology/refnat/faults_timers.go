package refnat

import "time"

// TimerFaults are in the timers of UDP mappings.
type TimerFaults struct {
	// AlmostTwoMinutes ends a mapping after 119.5 s that was used only once, answered
	// or not. Breaks REQ-5.
	AlmostTwoMinutes bool `breaks:"rfc4787.req-5"`
	// ShortAfterCollision ends a mapping after 60 s whose endpoint did not get its own port
	// because another held it. Breaks REQ-5.
	ShortAfterCollision bool `breaks:"rfc4787.req-5"`
	// ShortOfLowPorts ends a mapping of a well-known port inside after 60 s. Breaks REQ-5.
	ShortOfLowPorts bool `breaks:"rfc4787.req-5"`
	// ShortOfSignalling ends a mapping after 60 s that was made toward the port of SIP.
	// Breaks REQ-5.
	ShortOfSignalling bool `breaks:"rfc4787.req-5"`
	// ShortWhenCrowded ends a mapping after 60 s that was made beside 500 others. Breaks
	// REQ-5.
	ShortWhenCrowded bool `breaks:"rfc4787.req-5"`
}

const (
	almostTwoMinutes = 119*time.Second + 500*time.Millisecond
	hastyLifetime    = 60 * time.Second
	crowdedMappings  = 500
	signalling       = 5060
)

// single limits the life of a mapping that was used only once.
func (f TimerFaults) single(sound time.Duration) time.Duration {
	if f.AlmostTwoMinutes {
		return min(almostTwoMinutes, sound)
	}
	return sound
}

// hastens reports whether a mapping that begins has a short life for what it is.
func (t *Table) hastens(m *mapping) bool {
	f := t.faults(m.internal.Protocol).TimerFaults
	return f.ShortAfterCollision && m.external.Port() != m.internal.Port() ||
		f.ShortOfLowPorts && wellKnown.holds(m.internal.Port()) ||
		f.ShortWhenCrowded && len(t.mappings) >= crowdedMappings
}
