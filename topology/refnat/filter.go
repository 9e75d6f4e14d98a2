package refnat

import "github.com/natproof/natproof/topology/packet"

// admits reports whether the filter lets a packet from y in through a mapping.
func (t *Table) admits(m *mapping, y packet.Endpoint) bool {
	if m.permanent {
		return true
	}
	e := t.endpoints[m.internal]
	depends := t.cfg.Faults.filtering(t.filters(t.cfg.Behaviour.Filtering), e)
	if t.cfg.Behaviour.FilterState == PerMapping {
		return m.contacted(y, depends)
	}
	for _, other := range e.mappings {
		if other.contacted(y, depends) {
			return true
		}
	}
	return false
}

// contacted reports whether y, as far as it matters, was sent to.
func (m *mapping) contacted(y packet.Endpoint, depends Dependence) bool {
	var ok bool
	switch depends {
	case AddressAndPortDependent:
		_, ok = m.remotes[y]
	case AddressDependent:
		_, ok = m.addresses[y.Addr()]
	default:
		ok = true
	}
	return ok
}
