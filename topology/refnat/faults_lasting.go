package refnat

import (
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// LastingFaults are in how long a forward serves, and how many.
type LastingFaults struct {
	// ForwardOfFewClients serves the first 64 clients of a forward alone. Breaks RFC 3022,
	// Section 4.1.
	ForwardOfFewClients bool `breaks:"translation.dnat-clients"`
	// ForwardExpires ends a forward that was not used for ten minutes. Breaks RFC 3022,
	// Section 2.2.
	ForwardExpires bool `breaks:"translation.dnat-lasting"`
	// ForwardEndsWithSession lets no new client in by a forward when its host has closed a
	// connection. Breaks RFC 3022, Section 2.2.
	ForwardEndsWithSession bool `breaks:"translation.dnat-lasting" touches:"tcp"`
}

const (
	fewClients      = 64
	forwardLifetime = 10 * time.Minute
)

// A service is what these faults remember of a forward.
type service struct {
	clients map[packet.Endpoint]bool
	used    time.Time
	over    bool
}

// outworn reports whether a forward does not serve y.
func (t *Table) outworn(m *mapping, y packet.Endpoint, now time.Time) bool {
	f := t.faults(m.internal.Protocol).LastingFaults
	if f == (LastingFaults{}) || t.forwards[m.internal] == nil {
		return false
	}
	past := t.services[m.internal]
	if past == nil {
		past = &service{clients: map[packet.Endpoint]bool{}, used: now}
		t.services[m.internal] = past
	}
	past.over = past.over || f.ForwardExpires && now.Sub(past.used) > forwardLifetime
	past.used = now
	full := f.ForwardOfFewClients && len(past.clients) >= fewClients
	if !past.over && !full {
		past.clients[y] = true
	}
	return !past.clients[y]
}

// serves notes what a forward's host sends.
func (t *Table) serves(m *mapping, p *packet.Packet) {
	past := t.services[m.internal]
	if past != nil && p.TCP != nil && p.TCP.Flags&packet.FIN != 0 {
		past.over = past.over || t.faults(m.internal.Protocol).ForwardEndsWithSession
	}
}
