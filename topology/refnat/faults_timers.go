package refnat

import (
	"slices"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

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
	// DiesOfAge ends a mapping ten minutes after its first packet, used or not. Breaks REQ-5.
	DiesOfAge bool `breaks:"rfc4787.req-5"`
	// EndsWithTCP ends a mapping when the one that its endpoint has of TCP ends. Breaks REQ-5.
	EndsWithTCP bool `breaks:"rfc4787.req-5"`
	// ShortUnheeded restarts no timer for datagrams of less than two bytes. Breaks REQ-6.
	ShortUnheeded bool `breaks:"rfc4787.req-6"`
	// HairpinUnheeded restarts no timer for what is hairpinned. Breaks REQ-9.
	HairpinUnheeded bool `breaks:"rfc4787.req-9"`
}

const (
	almostTwoMinutes = 119*time.Second + 500*time.Millisecond
	hastyLifetime    = 60 * time.Second
	oldAge           = 10 * time.Minute
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

// unheeded reports whether what was sent to y restarts no timer.
func (w *udpMistakes) unheeded(f TimerFaults, p *packet.Packet, y packet.Endpoint) bool {
	return f.ShortUnheeded && len(p.Payload) < 2 || f.HairpinUnheeded && w.own[y.Addr()]
}

// endsWith ends the mappings that an endpoint has of UDP or of TCP, when one that it has of
// the other has ended.
func (t *Table) endsWith(m *mapping) {
	other, ok := counterpart(m.internal)
	ends := ok && m.internal.Protocol == packet.TCP && t.faults(packet.UDP).EndsWithTCP ||
		m.internal.Protocol == packet.UDP && t.faults(packet.TCP).EndsWithUDP
	if e := t.endpoints[indexOf(other)]; ends && e != nil {
		for _, one := range slices.Clone(e.mappings) {
			t.remove(one)
		}
	}
}
