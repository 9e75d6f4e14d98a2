package refnat

import (
	"iter"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// CarrierFaults are in how a NAT shares itself out among subscribers, RFC 6888.
type CarrierFaults struct {
	// QueriesPairedApart pairs a host with another address for ICMP queries. Breaks REQ-2.
	QueriesPairedApart bool `breaks:"rfc6888.req-2"`
	// PoolFilled takes a pool of two addresses for all from the one to the other. Breaks
	// REQ-3.
	PoolFilled bool `breaks:"rfc6888.req-3-config"`
	// PoolOneBefore takes a pool of two neighbours for the two before the last. Breaks REQ-3.
	PoolOneBefore bool `breaks:"rfc6888.req-3-config" blinds:"practice.deterministic-tcp rfc4787.req-11"`
	// LimitOneMore gives a subscriber one port more where it may have fifty. Breaks REQ-4.
	LimitOneMore bool `breaks:"rfc6888.req-4"`
	// LimitShared has all subscribers share a limit of fifty. Breaks REQ-4.
	LimitShared bool `breaks:"rfc6888.req-4"`
	// LimitNeverFreed counts mappings that have ended for a limit of thirty. Breaks REQ-4.
	LimitNeverFreed bool `breaks:"rfc6888.req-4"`
	// LimitCountsRefused counts what was refused for a limit of thirty. Breaks REQ-4.
	LimitCountsRefused bool `breaks:"rfc6888.req-4"`
	// LimitByDestination counts the ports that a subscriber has toward one address for a limit
	// of twenty to fifty. Breaks REQ-4.
	LimitByDestination bool `breaks:"rfc6888.req-4 rfc6888.req-4a"`
	// LimitFixed makes a limit of twenty to forty-nine one of fifty. Breaks REQ-4 a).
	LimitFixed bool `breaks:"rfc6888.req-4a"`
	// LimitOverProtocols counts the ports of all protocols for each of them. Breaks
	// REQ-4 b).
	LimitOverProtocols bool `breaks:"rfc6888.req-4b"`
	// RateShared has all subscribers share a rate of new mappings. Breaks REQ-4 c).
	RateShared bool `breaks:"rfc6888.req-4c"`
	// MappingRateIgnored lets a subscriber begin as many mappings as it likes. Breaks REQ-4 c).
	MappingRateIgnored bool `breaks:"rfc6888.req-4c"`
	// SessionRateIgnored lets a subscriber begin as many sessions as it likes. Breaks REQ-5 b).
	SessionRateIgnored bool `breaks:"rfc6888.req-5b"`
	// MappingRateForGood refuses a subscriber every mapping after it was too fast once. Breaks
	// REQ-4 c).
	MappingRateForGood bool `breaks:"rfc6888.req-4c"`
	// MappingRateOnce holds a subscriber back until its next mapping, and then no more. Breaks
	// REQ-4 c).
	MappingRateOnce bool `breaks:"rfc6888.req-4c"`
	// SessionRateForGood refuses a subscriber every session after it was too fast once. Breaks
	// REQ-5 b).
	SessionRateForGood bool `breaks:"rfc6888.req-5b"`
	// SessionRateOnce holds a subscriber back until its next session, and then no more. Breaks
	// REQ-5 b).
	SessionRateOnce bool `breaks:"rfc6888.req-5b"`
	// SessionsUnlimited ignores a limit of thirty sessions of a subscriber. Breaks REQ-5.
	SessionsUnlimited bool `breaks:"rfc6888.req-5"`
	// MappingSessionsUnlimited ignores a limit of thirty sessions of a mapping. Breaks REQ-5.
	MappingSessionsUnlimited bool `breaks:"rfc6888.req-5"`
	// SessionsShared has all subscribers share a limit of thirty sessions. Breaks REQ-5.
	SessionsShared bool `breaks:"rfc6888.req-5"`
	// SessionsNeverFreed counts sessions that have ended for a limit of twelve. Breaks REQ-5.
	SessionsNeverFreed bool `breaks:"rfc6888.req-5"`
	// SessionsCountRefused counts what was refused for a limit of twelve sessions. Breaks REQ-5.
	SessionsCountRefused bool `breaks:"rfc6888.req-5"`
	// SessionsByDestination counts a subscriber's sessions with one address for a limit of
	// thirty. Breaks REQ-5.
	SessionsByDestination bool `breaks:"rfc6888.req-5"`
	// SessionLimitFixed makes a limit of ten sessions one of thirty. Breaks REQ-5 a).
	SessionLimitFixed bool `breaks:"rfc6888.req-5a"`
	// BypassTranslated translates all the same toward an address that is to be bypassed.
	// Breaks REQ-6.
	BypassTranslated bool `breaks:"rfc6888.req-6"`
	// BypassWithoutAddress translates toward a port that is to be bypassed at any address.
	// Breaks REQ-6.
	BypassWithoutAddress bool `breaks:"rfc6888.req-6"`
	// BypassOfEveryPort bypasses every port of an address that has one to bypass. Breaks
	// REQ-6.
	BypassOfEveryPort bool `breaks:"rfc6888.req-6 wire.inside-address"`
	// BypassOfPortsOnly translates queries toward an address that is to be bypassed. Breaks REQ-6.
	BypassOfPortsOnly bool `breaks:"rfc6888.req-6"`
	// BypassWithoutErrors drops the errors about what it did not translate. Breaks REQ-6.
	BypassWithoutErrors bool `breaks:"rfc6888.req-6"`
	// FilteringByAddress lets in who has the address of one that was sent to. Breaks REQ-7.
	FilteringByAddress bool `breaks:"rfc6888.req-7" tcp:"rfc6888.req-7"`
	// QuarantineHalved ends a quarantine of two minutes after one. Breaks REQ-8.
	QuarantineHalved bool `breaks:"rfc6888.req-8"`
	// QuarantineOfOthers gives a port in quarantine to the subscriber that had it. Breaks
	// REQ-8.
	QuarantineOfOthers bool `breaks:"rfc6888.req-8 rfc6888.req-8-config"`
	// QuarantineFixed makes a quarantine that is shorter two minutes long. Breaks REQ-8, which
	// wants a setting.
	QuarantineFixed bool `breaks:"rfc6888.req-8-config"`
	// QuarantineUnbounded keeps any number of ports in quarantine. Breaks REQ-8, which wants a
	// setting.
	QuarantineUnbounded bool `breaks:"rfc6888.req-8-config"`
	// UntrackedPortsReused gives an idle connection's port away when a closing one's timer
	// is over, where there is a quarantine. Breaks REQ-8 a).
	UntrackedPortsReused bool `breaks:"rfc6888.req-8a"`
	// BlocksByArrival numbers the blocks of ports in the order in which subscribers come,
	// and anew when nobody has a mapping. Breaks REQ-8 b).
	BlocksByArrival bool `breaks:"rfc6888.req-8b"`
	// OldPeersLetIn keeps the filter of a port that is given to another. Breaks REQ-8 c).
	OldPeersLetIn bool `breaks:"rfc6888.req-8c" touches:"udp"`
	// ExcessUntranslated lets out as it is what gets no mapping. Breaks REQ-11 a).
	ExcessUntranslated bool `breaks:"rfc6888.req-11a wire.inside-address"`
	// ExcessProhibited says that it is prohibited. Breaks REQ-11 b).
	ExcessProhibited bool `breaks:"rfc6888.req-11b"`
	// FirstExcessUntold says nothing of the first packet of a subscriber that gets no
	// mapping. Breaks REQ-11 b).
	FirstExcessUntold bool `breaks:"rfc6888.req-11b"`
	// QuotaEvicts ends a subscriber's oldest mapping for one more than its limit of ten.
	// Breaks REQ-11 d).
	QuotaEvicts bool `breaks:"rfc6888.req-11d" blinds:"rfc6888.req-11a rfc6888.req-11b"`
	// FullPoolEvicts ends another subscriber's mapping for the eighth endpoint in a row that
	// finds no port, unless there is a quarantine. Breaks REQ-11 d).
	FullPoolEvicts bool `breaks:"rfc6888.req-11d"`
	// PortsWasted gives out every fourth port alone where there are ports from 41000 on.
	// Breaks REQ-13.
	PortsWasted bool `breaks:"rfc6888.req-13"`
}

const (
	manyPorts      = 50 // of a subscriber's limit
	limitOverTime  = 30
	somePorts      = 20
	fewPorts       = 10
	manySessions   = 30
	someSessions   = 12
	longQuarantine = 2 * time.Minute
)

// behaviour returns b with the limits that the faults give.
func (f CarrierFaults) behaviour(b Behaviour) Behaviour {
	if f.FilteringByAddress {
		b.Filtering = max(b.Filtering, AddressDependent)
	}
	set := func(fault, applies bool, to *int, value int) {
		if fault && applies {
			*to = value
		}
	}
	c := &b.Carrier
	set(f.LimitOneMore, c.Ports == manyPorts, &c.Ports, manyPorts+1)
	set(f.LimitFixed, c.Ports >= somePorts, &c.Ports, max(c.Ports, manyPorts))
	set(f.MappingRateIgnored, true, &c.MappingRate, 0)
	set(f.SessionRateIgnored, true, &c.SessionRate, 0)
	set(f.SessionsUnlimited, c.Sessions == manySessions, &c.Sessions, 0)
	set(f.MappingSessionsUnlimited, c.MappingSessions == manySessions, &c.MappingSessions, 0)
	set(f.SessionLimitFixed, c.Sessions > 0, &c.Sessions, max(c.Sessions, manySessions))
	set(f.QuarantineUnbounded, true, &c.QuarantinedPorts, 0)
	if f.QuarantineHalved && c.Quarantine == longQuarantine && c.QuarantinedPorts == 0 {
		c.Quarantine /= 2
	}
	if f.QuarantineFixed && c.Quarantine > 0 {
		c.Quarantine = max(c.Quarantine, longQuarantine)
	}
	if f.UntrackedPortsReused && c.Quarantine > 0 && b.TCPClosing > 0 {
		b.TCPEstablished = b.TCPClosing
	}
	b.Bypass = f.bypass(b.Bypass)
	return b
}

// countedFor are the mappings that count for x's subscriber.
func (t *Table) countedFor(x packet.Endpoint) iter.Seq[*mapping] {
	c, f := t.behaviour(x.Protocol).Carrier, t.faults(x.Protocol)
	if f.LimitShared && c.Ports == manyPorts || f.SessionsShared && c.Sessions == manySessions {
		return maps.Values(t.mappings)
	}
	if h := t.hosts[x.Addr()]; h != nil {
		return slices.Values(h.mappings)
	}
	return func(func(*mapping) bool) {}
}

// pooled returns the addresses to translate to.
func (f CarrierFaults) pooled(sound []netip.Addr, basic bool) []netip.Addr {
	if len(sound) != 2 || basic {
		return sound
	}
	first, last := sound[0], sound[1]
	switch {
	case f.PoolFilled && first.Next() != last && first.Less(last):
		return []netip.Addr{first, first.Next(), last}
	case f.PoolOneBefore && first.Next() == last:
		return []netip.Addr{first.Prev(), first}
	}
	return sound
}

// pairsApart returns how far the address for a protocol is from a host's place in the pool.
func (f CarrierFaults) pairsApart(x packet.Endpoint) int {
	if f.QueriesPairedApart && x.Protocol == packet.ICMP {
		return 1
	}
	return 0
}

// refusal is the code of what tells that a packet gets no mapping.
func (f CarrierFaults) refusal(sound uint8) uint8 {
	const prohibited = 13
	if f.ExcessProhibited {
		return prohibited
	}
	return sound
}

// untold reports whether nothing is said of a packet that gets no mapping.
func (t *Table) untold(d *datagram) bool {
	first := !t.carried.told[d.src()]
	t.carried.told[d.src()] = true
	return first && t.faults(d.Protocol).FirstExcessUntold
}

// passesExcess lets out what gets no mapping.
func (t *Table) passesExcess(d *datagram) []Packet {
	if !t.cfg.Faults.ExcessUntranslated || t.cfg.Behaviour.Carrier.Ports != fewPorts {
		return nil
	}
	return t.route(d, Outside)
}

// evicts makes room among the mappings of a subscriber.
func (t *Table) evicts(x packet.Endpoint) bool {
	if !t.faults(x.Protocol).QuotaEvicts || t.behaviour(x.Protocol).Carrier.Ports != fewPorts {
		return false
	}
	t.evict(func(m *mapping) bool { return m.internal.Addr() == x.Addr() && m.internal.Protocol == x.Protocol })
	return true
}

// evictsOther makes room among the mappings of others.
func (t *Table) evictsOther(x packet.Endpoint) bool {
	t.carried.vain++
	quarantine := t.behaviour(x.Protocol).Quarantine
	if !t.faults(x.Protocol).FullPoolEvicts || t.carried.vain < 8 || quarantine > 0 {
		return false
	}
	t.evict(func(m *mapping) bool { return m.internal.Addr() != x.Addr() && m.internal.Protocol == x.Protocol })
	return true
}

// evict ends the mapping of the lowest port that may go.
func (t *Table) evict(may func(*mapping) bool) {
	var lowest *mapping
	for _, m := range t.mappings {
		if may(m) && (lowest == nil || m.external.Port() < lowest.external.Port()) {
			lowest = m
		}
	}
	if lowest != nil {
		t.remove(lowest)
	}
}

// had is the lowest port in quarantine that x's subscriber has had.
func (t *Table) had(x packet.Endpoint) (port uint16, ok bool) {
	for x1, addr := range t.carried.had {
		free := len(t.external[indexOf(x1)]) == 0
		if addr == x.Addr() && x1.Protocol == x.Protocol && free && (!ok || x1.Port() < port) {
			port, ok = x1.Port(), true
		}
	}
	return port, ok
}

// leavesPeers notes whom a mapping that ends has served.
func (t *Table) leavesPeers(m *mapping) {
	if t.faults(m.internal.Protocol).OldPeersLetIn {
		t.carried.peers[m.external] = m.remotes
	}
	if t.faults(m.internal.Protocol).QuarantineOfOthers && t.behaviour(m.internal.Protocol).Quarantine > 0 {
		t.carried.had[m.external] = m.internal.Addr()
	}
}

// inheritsPeers lets in by a new mapping whom the one before has served.
func (t *Table) inheritsPeers(m *mapping) {
	if t.behaviour(m.internal.Protocol).Quarantine == 0 {
		return
	}
	peers := t.carried.peers[m.external]
	for y := range peers.all() {
		m.remotes.add(y)
	}
}
