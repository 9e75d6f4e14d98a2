package refnat

import (
	"net/netip"
	"slices"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// MappingFaults are in what a mapping depends on besides its internal endpoint.
type MappingFaults struct {
	// UnsolicitedHoldsPort takes a packet from outside that no mapping lets in for
	// the begin of a session, as a NAT without an input filter does: whoever has
	// its port inside gets a mapping of its own toward that sender. Breaks REQ-1.
	UnsolicitedHoldsPort bool `breaks:"rfc4787.req-1" tcp:"rfc5382.req-1"`
	// MappingByAddressWhenCrowded gives a further destination address a mapping of
	// its own when many others are in use toward it. Breaks REQ-1.
	MappingByAddressWhenCrowded bool `breaks:"rfc4787.req-1"`
	// MappingByService gives a destination port that a gateway knows a mapping of
	// its own. Breaks REQ-1.
	MappingByService bool `breaks:"rfc4787.req-1" tcp:"rfc5382.req-1"`
	// PoolingFlaps gives each 32nd mapping of a host the pool's next address.
	// Breaks REQ-2.
	PoolingFlaps bool `breaks:"rfc4787.req-2"`
	// OverloadsByFirstPeer lets endpoints of one port share an external endpoint
	// when their first peers differ, and also toward the peers that they come to
	// have in common. Breaks REQ-3.
	OverloadsByFirstPeer bool `breaks:"rfc4787.req-3" tcp:"rfc5382.req-7" query:"rfc5508.req-1"`
	// SharesTowardResolvers lets endpoints of one port share an external endpoint
	// toward DNS servers, and what comes in goes to whoever sent last. Breaks what
	// RFC 7857, Section 3 asks of those that share.
	SharesTowardResolvers bool `breaks:"rfc7857.s3" touches:"udp tcp"`
	// MappingAfterStranger gives a destination that has sent in before it was sent
	// to a mapping of its own. Breaks REQ-11.
	MappingAfterStranger bool `breaks:"rfc4787.req-11" tcp:"practice.deterministic-tcp"`
	// FilteringAfterStranger filters by address once a packet came that no mapping
	// lets in. Breaks REQ-11.
	FilteringAfterStranger bool `breaks:"rfc4787.req-11" tcp:"practice.deterministic-tcp"`
	// PortFilteringAfterStranger filters by address and port, whatever is chosen, once a
	// packet came that no mapping lets in. Breaks REQ-8 and REQ-11, and TCP's choice of a
	// filter apart from UDP's.
	PortFilteringAfterStranger bool `breaks:"rfc4787.req-11 rfc4787.req-8 rfc4787.req-8a rfc5382.req-3b" tcp:"practice.deterministic-tcp rfc5382.req-3 rfc5382.req-3a rfc5382.req-3b"` //nolint:lll // a tag cannot be broken
	// IdleIsRemapped gives a further destination a mapping of its own when an endpoint has sent
	// nothing for a minute. Breaks REQ-11.
	IdleIsRemapped bool `breaks:"rfc4787.req-11" also:"rfc4787.req-9"`
	// FirstStrangerOnly lets no second stranger in through a mapping. Breaks REQ-11.
	FirstStrangerOnly bool `breaks:"rfc4787.req-11" tcp:"practice.deterministic-tcp"`
	// RefreshByFirstPeer restarts the timer for packets to the first peer alone.
	// Breaks REQ-6.
	RefreshByFirstPeer bool `breaks:"rfc4787.req-6" also:"rfc4787.req-9"`
	// RefreshFiveTimes restarts the timer for the first five packets. Breaks REQ-6.
	RefreshFiveTimes bool `breaks:"rfc4787.req-6" also:"rfc4787.req-5"`
	// MovesWhenCrowded gives an endpoint another mapping when it sends again beside 500
	// others. Breaks what practice asks of capacity.
	MovesWhenCrowded bool `breaks:"practice.capacity" query:"practice.capacity-queries"`
	// RoomForEight ends the oldest mapping for a ninth one. Breaks what practice
	// asks of the capacity, and leaves too few flows to find a lifetime or the end of
	// the ports by.
	RoomForEight bool `breaks:"practice.capacity" also:"rfc6888.req-4 rfc6888.req-4a rfc6888.req-4b rfc4787.req-3 rfc4787.req-5" query:"practice.capacity-queries" queryalso:"rfc6888.req-4 rfc6888.req-4a" queryblinds:"rfc5508.req-6 rfc6888.req-11a rfc6888.req-11b rfc6888.req-11d" blinds:"rfc4787.req-6 rfc4787.req-6a rfc4787.req-9 rfc5508.req-8 rfc7857.s4-drop rfc3022.napt-tuple translation.pat-expiry rfc6888.req-11a rfc6888.req-11b rfc6888.req-11d rfc6888.req-8 rfc6888.req-8-config rfc6888.req-8c"` //nolint:lll // a tag cannot be broken
	// RoomForPeers lets nothing in any more from the first peers of an endpoint
	// that has sent to many. Breaks what practice asks of the capacity.
	RoomForPeers bool `breaks:"practice.capacity-peers" tcp:"practice.capacity-peers-tcp"`
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
	// bothered: a packet came that no mapping lets in; of TCP, a SYN. Another segment has
	// scanned, and calls counts the SYNs.
	bothered, scanned bool
	calls             int
	// burst is when the datagrams have come that bursts counts; for Quenches.
	burst  time.Time
	bursts int
	// spoke is when an endpoint has sent last; for IdleIsRemapped.
	spoke map[packet.Endpoint]time.Time
	// returned are the endpoints that have had a mapping; for ShortOfReturning.
	returned map[packet.Endpoint]bool
	// called is when a peer has sent to a forward last; for ForwardedTransitory.
	called map[session]time.Time
	// moved are the endpoints that MovesWhenCrowded has given another mapping.
	moved map[packet.Endpoint]bool
	// intruded are the sessions that the outside began by a mapping.
	intruded map[session]bool
	// order is the mappings, the oldest first; for RoomForEight.
	order []*mapping
	// peers are those of a mapping, in order; for RoomForPeers.
	peers map[*mapping][]packet.Endpoint
}

func newMappingMistakes() mappingMistakes {
	return mappingMistakes{
		returned: map[packet.Endpoint]bool{}, called: map[session]time.Time{},
		strangers: map[session]bool{}, spoke: map[packet.Endpoint]time.Time{}, intruded: map[session]bool{},
		crowd: map[netip.Addr]int{}, peers: map[*mapping][]packet.Endpoint{},
	}
}

// depends returns how a mapping for what x sends to y depends on y.
func (t *Table) depends(sound Dependence, x, y packet.Endpoint) Dependence {
	f, e := t.faults(x.Protocol).MappingFaults, t.endpoints[indexOf(x)]
	if f.UnsolicitedHoldsPort && t.wrong.strangers[session{anywhere(x), y}] {
		return AddressAndPortDependent
	}
	if e == nil || !e.first.IsValid() || e.first == y {
		return sound
	}
	switch {
	case f.MappingAfterStranger && t.wrong.intruded[session{x, y}]:
		return AddressAndPortDependent
	case f.MappingByAddressWhenCrowded && e.first.Addr() != y.Addr() && t.wrong.crowd[y.Addr()] >= crowdedAt:
		return max(sound, AddressDependent)
	case f.IdleIsRemapped && t.now.Sub(t.wrong.spoke[x]) > time.Minute:
		return AddressAndPortDependent
	case f.MappingByService && (y.Port() == 3478 || y.Port() == 5060):
		return AddressAndPortDependent
	case t.faults(x.Protocol).separates(e, x, y), t.faults(x.Protocol).partsFor(e, y):
		return AddressAndPortDependent
	}
	return sound
}

// unsolicited is told of what no mapping lets in.
func (t *Table) unsolicited(d *datagram, y, x1 packet.Endpoint) {
	t.knocked(d)
	if t.faults(x1.Protocol).UnsolicitedHoldsPort {
		t.wrong.strangers[session{anywhere(x1), y}] = true
	}
}

// filters returns how the filter depends on the sender.
func (t *Table) filters(m *mapping) Dependence {
	sound := t.behaviour(m.internal.Protocol).Filtering
	switch f := t.faults(m.internal.Protocol); {
	case f.ScansNoticed && t.wrong.scanned:
		return AddressAndPortDependent
	case !t.wrong.bothered:
	case f.PortFilteringAfterStranger:
		return AddressAndPortDependent
	case f.FilteringAfterStranger:
		return max(sound, AddressDependent)
	}
	return sound
}

// intrudes is told of a packet that a mapping lets in, and reports whether it is
// dropped for its sender.
func (t *Table) intrudes(m *mapping, y packet.Endpoint) bool {
	if m.permanent || m.remotes.has(y) {
		return false
	}
	t.wrong.intruded[session{m.internal, y}] = true
	if t.keepsOut(m, y) {
		return true
	}
	if !t.faults(m.internal.Protocol).FirstStrangerOnly {
		return false
	}
	for s := range t.wrong.intruded {
		if s.internal == m.internal && s.remote != y {
			return true
		}
	}
	return false
}

// stale reports whether a packet to y does not restart the timer.
func (w *udpMistakes) stale(f MappingFaults, y packet.Endpoint) bool {
	if w.uses == 1 {
		w.first = y
	}
	return f.RefreshByFirstPeer && y != w.first || f.RefreshFiveTimes && w.uses > 5
}

// flap returns how far a host's new mapping is from its place in the pool.
func (f MappingFaults) flap(h *host) int {
	if !f.PoolingFlaps {
		return 0
	}
	h.turn++
	return h.turn / 32 % 2
}

// shares reports whether x is to share the external endpoint that it wants, since
// it sends to another destination than those who have it.
func (t *Table) shares(wanted, x, y packet.Endpoint) bool {
	f := t.faults(x.Protocol).MappingFaults
	return slices.ContainsFunc(t.external[indexOf(wanted)], func(m *mapping) bool {
		e := t.endpoints[indexOf(m.internal)]
		if e == nil || m.internal.Port() != x.Port() || m.internal == x || e.first.Addr() == y.Addr() {
			return false
		}
		return f.OverloadsByFirstPeer || f.SharesTowardResolvers && y.Port() == 53 && e.first.Port() == 53
	})
}

// addressee returns the mapping that a packet from y to x1 is for.
func (t *Table) addressee(x1, y packet.Endpoint) *mapping {
	if t.faults(x1.Protocol).OverloadsByFirstPeer {
		for _, m := range slices.Backward(t.external[indexOf(x1)]) {
			if m.remotes.has(y) {
				return m
			}
		}
	}
	return t.misled(t.astray(t.inward(x1)), x1)
}

// What the faults of capacity have room for.
const (
	roomForMappings = 8
	roomForPeers    = 200
)

// makeRoom is told of a mapping that is new.
func (t *Table) makeRoom(m *mapping) {
	room := 0
	switch f := t.faults(m.internal.Protocol); {
	case f.RoomForEight:
		room = roomForMappings
	case f.OldestEvicted && m.internal.Protocol == packet.TCP:
		room = roomInFlood
	default:
		return
	}
	if t.wrong.order = append(t.wrong.order, m); len(t.wrong.order) > room {
		t.remove(t.wrong.order[0])
	}
}

// contacts is told that a mapping is used toward y.
func (w *mappingMistakes) contacts(f MappingFaults, m *mapping, y packet.Endpoint) {
	if f.MappingByAddressWhenCrowded && !m.remotes.hasAddr(y.Addr()) {
		w.crowd[y.Addr()]++
	}
	if f.RoomForPeers && !m.remotes.has(y) {
		w.peers[m] = append(w.peers[m], y)
	}
}

// forgotten reports whether a mapping has no room for y any more.
func (w *mappingMistakes) forgotten(m *mapping, y packet.Endpoint) bool {
	older := len(w.peers[m]) - roomForPeers
	return older > 0 && slices.Contains(w.peers[m][:older], y)
}

// ended is told that a mapping has ended.
func (w *mappingMistakes) ended(f MappingFaults, m *mapping) {
	if f.MappingByAddressWhenCrowded {
		for addr := range m.remotes.addrs() {
			w.crowd[addr]--
		}
	}
	w.order = slices.DeleteFunc(w.order, func(one *mapping) bool { return one == m })
	delete(w.peers, m)
}

// moves reports whether a mapping that an endpoint has is not the one that it goes on with.
func (t *Table) moves(m *mapping) bool {
	if m == nil || !t.faults(m.internal.Protocol).MovesWhenCrowded ||
		t.wrong.moved[m.internal] || len(t.mappings) < crowdedMappings {
		return false
	}
	if t.wrong.moved == nil {
		t.wrong.moved = map[packet.Endpoint]bool{}
	}
	t.wrong.moved[m.internal] = true
	delete(t.mappings, m.key)
	m.key.remote = indexOf(at(netip.IPv4Unspecified(), m.internal.Protocol, m.external.Port()))
	t.mappings[m.key] = m
	return true
}
