package refnat

import (
	"net/netip"
	"slices"

	"github.com/natproof/natproof/topology/packet"
)

// PlaceFaults are at the edges of what a configuration says: beyond a subnet, at the second of
// several, in another protocol, or when something else has happened before.
type PlaceFaults struct {
	// SourceForPortsOnly translates ICMP queries as if no address were chosen for their host.
	SourceForPortsOnly bool `breaks:"translation.snat-source"`
	// SubnetForPortsOnly translates ICMP queries as if no address were chosen for the subnet of
	// their host.
	SubnetForPortsOnly bool `breaks:"translation.snat-subnet"`
	// SourceOfWiderSubnet takes a subnet of two addresses for one of four.
	SourceOfWiderSubnet bool `breaks:"translation.snat-others" touches:"udp tcp"`
	// PairedPortTaken translates a pair's port to the one beside it where another host has
	// it. Breaks RFC 3022, Section 2.1.
	PairedPortTaken bool `breaks:"rfc3022.basic-no-port"`
	// SecondPairOfPortsOnly carries GRE, ESP and SCTP by the first pair alone.
	SecondPairOfPortsOnly bool `breaks:"translation.static-protocols" touches:"udp"`
	// PortlessShared translates the GRE, ESP and SCTP of other hosts to the first registered
	// address where there are several. Breaks RFC 3022, Section 2.1.
	PortlessShared bool `breaks:"rfc3022.static-own" touches:"udp"`
	// BasicQueriesApart gives a host another address for ICMP queries if one is free. Breaks
	// RFC 3022, Section 2.1.
	BasicQueriesApart bool `breaks:"rfc3022.basic-dynamic"`
	// BasicForUDPOnly takes an address back from its host at the end of the last session of
	// UDP. Breaks RFC 2663, Section 3.2.3.
	BasicForUDPOnly bool `breaks:"rfc2663.unbinding"`
	// RangeWithoutSecond does not forward the second port of a range.
	RangeWithoutSecond bool `breaks:"translation.dnat-range" touches:"udp tcp"`
	// ForwardHidesOther serves only the UDP forward of two of one port. Breaks RFC 3022,
	// Section 2.2.
	ForwardHidesOther bool `breaks:"translation.dnat-servers" touches:"udp tcp"`
	// ForwardShutByOwn keeps new clients out of a forward whose host has begun a session itself.
	// Breaks RFC 3022, Section 4.1.
	ForwardShutByOwn bool `breaks:"translation.dnat-clients" touches:"udp tcp"`
	// ForwardOfHighClients keeps clients with a well-known port out of the forward of 8080.
	// Breaks RFC 3022, Section 4.1.
	ForwardOfHighClients bool `breaks:"translation.dnat-clients" touches:"udp tcp"`
	// BypassNotOfMapped translates all that is sent from an endpoint with a mapping. Breaks RFC
	// 6888, REQ-6.
	BypassNotOfMapped bool `breaks:"rfc6888.req-6"`
	// BlocksOverflow goes on in the next block of ports. Breaks RFC 6888, REQ-8 b).
	BlocksOverflow bool `breaks:"rfc6888.req-8b" touches:"udp tcp"`
	// PairingEnds pairs a host with the pool's next address when one of its mappings has ended
	// and others have not. Breaks RFC 6888, REQ-2.
	PairingEnds bool `breaks:"rfc6888.req-2"`
}

// placeMistakes are what these faults remember of forwards: their clients, and the hosts that
// have begun sessions themselves.
type placeMistakes struct {
	clients map[session]bool
	own     map[packet.Endpoint]bool
}

func newPlaceMistakes() placeMistakes {
	return placeMistakes{clients: map[session]bool{}, own: map[packet.Endpoint]bool{}}
}

// chooses reports whether a source is chosen for a protocol.
func (f PlaceFaults) chooses(p packet.Protocol, inside netip.Prefix) bool {
	if inside.IsSingleIP() {
		return p != packet.ICMP || !f.SourceForPortsOnly
	}
	return p != packet.ICMP || !f.SubnetForPortsOnly
}

// subnet returns the addresses that a source is chosen for.
func (f PlaceFaults) subnet(sound netip.Prefix) netip.Prefix {
	const two, four = 31, 30
	if f.SourceOfWiderSubnet && sound.Bits() == two {
		return netip.PrefixFrom(sound.Addr(), four).Masked()
	}
	return sound
}

// served returns the forwards that are served, before what is wrong with ranges.
func (f PlaceFaults) served(forwards []Forward) []Forward {
	var served []Forward
	for i, one := range forwards {
		second := i > 0 && forwards[i-1] == one.beside(-1) && (i == 1 || forwards[i-2] != one.beside(-2))
		hidden := one.Protocol == packet.TCP && slices.ContainsFunc(forwards, func(other Forward) bool {
			return other.External == one.External && other.Protocol == packet.UDP
		})
		if f.RangeWithoutSecond && second || f.ForwardHidesOther && hidden {
			continue
		}
		served = append(served, one)
	}
	return served
}

// begins notes that a forward's host sends to y.
func (t *Table) begins(m *mapping, y packet.Endpoint) {
	if m.permanent && t.forwards[m.internal] != nil && !t.placed.clients[session{m.internal, y}] {
		t.placed.own[m.internal] = true
	}
}

// turnsAway reports whether a forward does not let y in.
func (t *Table) turnsAway(m *mapping, y packet.Endpoint) bool {
	const lowest, port = 1024, 8080
	if !m.permanent || t.forwards[m.internal] == nil {
		return false
	}
	f, s := t.faults(m.internal.Protocol).PlaceFaults, session{m.internal, y}
	if f.ForwardOfHighClients && y.Port() < lowest && m.external.Port() == port ||
		f.ForwardShutByOwn && t.placed.own[m.internal] && !t.placed.clients[s] {
		return true
	}
	t.placed.clients[s] = true
	return false
}

// pairFor returns the registered address that what a host sends without ports leaves from.
func (t *Table) pairFor(x netip.Addr) (netip.Addr, bool) {
	addr, ok := t.staticOut[x]
	first := t.cfg.Static[0]
	switch {
	case t.cfg.Faults.SecondPairOfPortsOnly && x != first.Inside:
		return addr, false
	case t.cfg.Faults.PortlessShared && !ok && len(t.cfg.Static) > 1:
		return first.External, true
	}
	return addr, ok
}

// unbypassedFor reports whether a packet is translated since its sender has a mapping.
func (t *Table) unbypassedFor(d *datagram) bool {
	return d.from == Inside && !d.IsError() && t.faults(d.Protocol).BypassNotOfMapped &&
		t.protocols.of(d.Protocol) != nil && t.endpoints[indexOf(d.SourceEndpoint())] != nil
}

// unpairs moves a host on in the pool when one of its mappings has ended.
func (t *Table) unpairs(m *mapping, h *host) {
	pooled := len(t.pool) > 2
	if t.faults(m.internal.Protocol).PairingEnds && len(h.mappings) > 0 && pooled &&
		m.external.Addr() == t.pool[h.place%len(t.pool)] {
		h.place++
	}
}

// unbindsConnections takes the address from a host that has no session of UDP.
func (t *Table) unbindsConnections(m *mapping, h *host) {
	ofUDP := func(other *mapping) bool { return other.internal.Protocol == packet.UDP }
	if t.cfg.Faults.BasicForUDPOnly && m.internal.Protocol == packet.UDP && !h.shared &&
		!slices.ContainsFunc(h.mappings, ofUDP) {
		h.bound = netip.Addr{}
	}
}
