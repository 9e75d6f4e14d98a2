package refnat

import (
	"net/netip"
	"slices"

	"github.com/natproof/natproof/topology/packet"
)

// carrierMistakes are what these faults remember.
type carrierMistakes struct {
	// arrived are the subscribers in the order in which they came.
	arrived []netip.Addr
	// peers are those that an external endpoint has served last.
	peers map[packet.Endpoint]contacts
	// vain counts the endpoints in a row that have found no port.
	vain int
	// told are the subscribers of whom something was refused.
	told map[netip.Addr]bool
	// had is who had an external endpoint last.
	had map[packet.Endpoint]netip.Addr
}

func newCarrierMistakes() carrierMistakes {
	return carrierMistakes{
		peers: map[packet.Endpoint]contacts{}, told: map[netip.Addr]bool{}, had: map[packet.Endpoint]netip.Addr{},
	}
}

// miscounted returns what is counted for x's subscriber, which has so much.
func (t *Table) miscounted(x packet.Endpoint, ports, sessions int) (int, int) {
	f, c, s := t.faults(x.Protocol), t.behaviour(x.Protocol).Carrier, t.subscriber(x)
	switch {
	case f.LimitNeverFreed && c.Ports == limitOverTime:
		ports = s.begun[x.Protocol]
	case f.LimitCountsRefused && c.Ports == limitOverTime:
		ports += s.refused[x.Protocol]
	case f.SessionsNeverFreed && c.Sessions == someSessions:
		sessions = s.fanned
	case f.SessionsCountRefused && c.Sessions == someSessions:
		sessions += s.refused[x.Protocol]
	}
	return ports, sessions
}

// elsewhere reports whether a mapping does not count for what its subscriber sends to y.
func (t *Table) elsewhere(m *mapping, y packet.Endpoint) bool {
	most := t.behaviour(y.Protocol).Carrier.Ports
	return t.faults(y.Protocol).LimitByDestination && (most == somePorts || most == manyPorts) &&
		!m.remotes.hasAddr(y.Addr())
}

// sessionsOf counts the sessions of a mapping, when its subscriber sends to y.
func (t *Table) sessionsOf(m *mapping, y packet.Endpoint) int {
	if !t.faults(y.Protocol).SessionsByDestination || t.behaviour(y.Protocol).Carrier.Sessions != manySessions {
		return m.remotes.len()
	}
	n := 0
	for other := range m.remotes.all() {
		if other.Addr() == y.Addr() {
			n++
		}
	}
	return n
}

// wastes reports whether a port is not to be given out.
func (f CarrierFaults) wastes(r PortRange, port uint16) bool {
	const wasted = 41000
	return f.PortsWasted && r.First == wasted && port%4 != 0
}

// bypass returns the destinations that are reached without translation, of those that are to be.
func (f CarrierFaults) bypass(sound []Destination) []Destination {
	var all []Destination
	for _, one := range sound {
		switch {
		case f.BypassTranslated && one.Port == 0:
			continue
		case f.BypassWithoutAddress && !one.To.IsValid():
			continue
		case f.BypassOfEveryPort && one.To.IsValid():
			one.Port = 0
		}
		all = append(all, one)
	}
	return all
}

// unbypassed reports whether a packet is not sent on as by a router, whoever it is for.
func (f CarrierFaults) unbypassed(d *datagram) bool {
	return f.BypassOfPortsOnly && d.Protocol == packet.ICMP && !d.IsError() || f.BypassWithoutErrors && d.IsError()
}

// blockNumber is which of the blocks of ports is a subscriber's.
func (t *Table) blockNumber(x packet.Endpoint) int {
	if !t.faults(x.Protocol).BlocksByArrival {
		return placeIn(t.cfg.Inside, x.Addr())
	}
	if len(t.mappings) == 0 {
		t.carried.arrived = nil
	}
	if !slices.Contains(t.carried.arrived, x.Addr()) {
		t.carried.arrived = append(t.carried.arrived, x.Addr())
	}
	return slices.Index(t.carried.arrived, x.Addr())
}
