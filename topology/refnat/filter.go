package refnat

import "github.com/natproof/natproof/topology/packet"

// leaves reports whether what x sends to y goes on: because it may begin a session,
// because the configuration says so, or because it belongs to one.
func (t *Table) leaves(p *protocol, d *datagram, x, y packet.Endpoint) bool {
	if p.opens(t, d) || t.permanent(x, y) != nil {
		return true
	}
	m := t.mappings[t.key(x, y)]
	return m != nil && p.continues(m.life, y)
}

// enters reports whether a packet from y comes in through a mapping.
func (t *Table) enters(p *protocol, d *datagram, m *mapping, y packet.Endpoint) bool {
	if m.permanent {
		return true
	}
	return p.continues(m.life, y) || p.opens(t, d) && t.admits(m, y)
}

// admits reports whether the filter lets a packet from y in through a mapping.
func (t *Table) admits(m *mapping, y packet.Endpoint) bool {
	e := t.endpoints[indexOf(m.internal)]
	depends := t.narrows(t.faults(m.internal.Protocol).filtering(t.filters(m), e), m)
	if t.cfg.Behaviour.FilterState == PerMapping {
		return m.contacted(y, depends)
	}
	for _, other := range t.contacts(m.internal) {
		if other.contacted(y, depends) {
			return true
		}
	}
	return t.hostAdmits(m, y, depends)
}

// contacted reports whether y, as far as it matters, was sent to.
func (m *mapping) contacted(y packet.Endpoint, depends Dependence) bool {
	switch depends {
	case AddressAndPortDependent:
		y.Protocol = m.internal.Protocol // where filters are shared it may be the other
		return m.remotes.has(y)
	case AddressDependent:
		return m.remotes.hasAddr(y.Addr())
	}
	return true
}
