package refnat

import (
	"net/netip"

	"github.com/natproof/natproof/topology/packet"
)

// BasicFaults are in Basic NAT, whose addresses are one host's alone.
type BasicFaults struct {
	// BasicTranslatesPorts replaces a port that another host has, at another address.
	// Breaks RFC 3022, Section 2.1.
	BasicTranslatesPorts bool `breaks:"rfc3022.basic-no-port" touches:"udp tcp icmp"`
	// BasicBindsByProtocol gives a host another address for TCP than for UDP. Breaks
	// RFC 3022, Section 2.1.
	BasicBindsByProtocol bool `breaks:"rfc3022.basic-dynamic"`
	// BasicOverbooks gives the pool's first address to whoever finds none free. Breaks
	// RFC 3022, Section 2.1.
	BasicOverbooks bool `breaks:"rfc3022.basic-exhaust" blinds:"rfc2663.unbinding"`
	// BasicKeepsAddresses never takes an address back from a host that it was bound to.
	// Breaks RFC 2663, Section 3.2.3.
	BasicKeepsAddresses bool `breaks:"rfc2663.unbinding" touches:"udp"`
	// BasicTakesBack takes an address back from its host at the end of the host's first
	// session. Breaks RFC 2663, Section 3.2.3.
	BasicTakesBack bool `breaks:"rfc2663.unbinding" touches:"udp"`
	// BasicStaleSessions translates a host to the address that it had last when that is another
	// host's. Breaks RFC 2663, Section 3.2.3.
	BasicStaleSessions bool `breaks:"rfc2663.unbinding" touches:"udp"`
	// NoSwitchover does not share the pool's last address among the hosts that find no free
	// one. Breaks RFC 3022, Section 5.4.
	NoSwitchover bool `breaks:"rfc3022.switchover"`
	// SwitchoverToFirst has the last hosts share the pool's first address, which is another
	// host's. Breaks RFC 3022, Section 5.4.
	SwitchoverToFirst bool `breaks:"rfc3022.switchover"`
}

// basicPort returns the port that x has at an address of its own.
func (t *Table) basicPort(x packet.Endpoint) uint16 {
	if t.faults(x.Protocol).BasicTranslatesPorts && t.sharers[indexOf(anywhere(x))] > 0 {
		return x.Port() ^ 1
	}
	return x.Port()
}

// rebinds reports whether a host that has an address gets another one.
func (t *Table) rebinds(h *host, x packet.Endpoint) bool {
	apart := t.cfg.Faults.BasicBindsByProtocol && x.Protocol == packet.TCP ||
		t.cfg.Faults.BasicQueriesApart && x.Protocol == packet.ICMP
	if !apart || h.endpoints == 0 {
		return false
	}
	addr, shared := t.freeAddress(x)
	return addr.IsValid() && !shared
}

// overbooked returns the address of a host for which none is left.
func (t *Table) overbooked(x packet.Endpoint) netip.Addr {
	if t.cfg.Faults.BasicOverbooks {
		return t.pool[0]
	}
	return t.stale[x.Addr()]
}

// switchedTo returns the address that the last hosts share.
func (t *Table) switchedTo(last netip.Addr) netip.Addr {
	if t.cfg.Faults.SwitchoverToFirst {
		return t.pool[0]
	}
	return last
}

// unbinds is told of the end of a mapping, of a host that may have others.
func (t *Table) unbinds(m *mapping, h *host) {
	if h == nil || !h.bound.IsValid() {
		return
	}
	t.unbindsConnections(m, h)
	if t.cfg.Faults.BasicKeepsAddresses && h.endpoints == 0 {
		t.kept = append(t.kept, h.bound)
	}
	if t.cfg.Faults.BasicStaleSessions && h.endpoints == 0 {
		t.stale[m.internal.Addr()] = h.bound
	}
	if t.cfg.Faults.BasicTakesBack && !h.shared {
		h.bound = netip.Addr{}
	}
}
