package refnat

import (
	"net/netip"
	"slices"

	"github.com/natproof/natproof/topology/packet"
)

// MappingFaults are in what a mapping depends on besides its internal endpoint.
type MappingFaults struct {
	// UnsolicitedHoldsPort takes a packet from outside that no mapping lets in for
	// the begin of a session, as a NAT without an input filter does: whoever has
	// its port inside gets a mapping of its own toward that sender. Breaks REQ-1.
	UnsolicitedHoldsPort bool `breaks:"rfc4787.req-1"`
	// MappingByAddressWhenCrowded gives a further destination address a mapping of
	// its own when many others are in use toward it. Breaks REQ-1.
	MappingByAddressWhenCrowded bool `breaks:"rfc4787.req-1"`
	// MappingByService gives a destination port that a gateway knows a mapping of
	// its own. Breaks REQ-1.
	MappingByService bool `breaks:"rfc4787.req-1"`
	// RoomForEight ends the oldest mapping for a ninth one. Breaks what practice
	// asks of the capacity, and leaves too few flows to find a lifetime by.
	RoomForEight bool `breaks:"practice.capacity" blinds:"rfc4787.req-6 rfc4787.req-6a"`
	// RoomForPeers lets nothing in any more from the first peers of an endpoint
	// that has sent to many. Breaks what practice asks of the capacity.
	RoomForPeers bool `breaks:"practice.capacity-peers"`
}

// crowdedAt is how many mappings toward one address are many.
const crowdedAt = 50

// mappingMistakes are what the faults remember.
type mappingMistakes struct {
	// strangers are the sessions that came in unsolicited, by the number of the
	// external endpoint.
	strangers map[session]bool
	// crowd counts the mappings in use toward an address.
	crowd map[netip.Addr]int
	// order is the mappings, the oldest first; for RoomForEight.
	order []*mapping
	// peers are those of a mapping, in order; for RoomForPeers.
	peers map[*mapping][]packet.Endpoint
}

func newMappingMistakes() mappingMistakes {
	return mappingMistakes{strangers: map[session]bool{}, crowd: map[netip.Addr]int{}, peers: map[*mapping][]packet.Endpoint{}}
}

// depends returns how a mapping for what x sends to y depends on y.
func (t *Table) depends(sound Dependence, x, y packet.Endpoint) Dependence {
	f, e := t.cfg.Faults.MappingFaults, t.endpoints[x]
	if f.UnsolicitedHoldsPort && t.wrong.strangers[session{anywhere(x), y}] {
		return AddressAndPortDependent
	}
	if e == nil || !e.first.IsValid() || e.first == y {
		return sound
	}
	switch {
	case f.MappingByAddressWhenCrowded && e.first.Addr() != y.Addr() && t.wrong.crowd[y.Addr()] >= crowdedAt:
		return max(sound, AddressDependent)
	case f.MappingByService && (y.Port() == 3478 || y.Port() == 5060):
		return AddressAndPortDependent
	}
	return sound
}

// unsolicited is told of what no mapping lets in.
func (t *Table) unsolicited(y, x1 packet.Endpoint) {
	if t.cfg.Faults.UnsolicitedHoldsPort {
		t.wrong.strangers[session{anywhere(x1), y}] = true
	}
}

// What the faults of capacity have room for.
const (
	roomForMappings = 8
	roomForPeers    = 200
)

// makeRoom is told of a mapping that is new.
func (t *Table) makeRoom(m *mapping) {
	if !t.cfg.Faults.RoomForEight {
		return
	}
	if t.wrong.order = append(t.wrong.order, m); len(t.wrong.order) > roomForMappings {
		t.remove(t.wrong.order[0])
	}
}

// contacts is told that a mapping is used toward y.
func (w *mappingMistakes) contacts(f MappingFaults, m *mapping, y packet.Endpoint) {
	if _, known := m.addresses[y.Addr()]; !known {
		w.crowd[y.Addr()]++
	}
	if _, known := m.remotes[y]; !known && f.RoomForPeers {
		w.peers[m] = append(w.peers[m], y)
	}
}

// forgotten reports whether a mapping has no room for y any more.
func (w *mappingMistakes) forgotten(m *mapping, y packet.Endpoint) bool {
	older := len(w.peers[m]) - roomForPeers
	return older > 0 && slices.Contains(w.peers[m][:older], y)
}

// ended is told that a mapping has ended.
func (w *mappingMistakes) ended(m *mapping) {
	for addr := range m.addresses {
		w.crowd[addr]--
	}
	w.order = slices.DeleteFunc(w.order, func(one *mapping) bool { return one == m })
	delete(w.peers, m)
}
