package refnat

import "github.com/natproof/natproof/topology/packet"

// What is dropped though the mapping and the filter let it pass: faults of several groups.

// cutsOut reports whether a packet that x sends to y, which would leave, is dropped.
func (t *Table) cutsOut(d *datagram, x, y packet.Endpoint) bool {
	if t.cfg.Faults.unassembled(d, false, false) {
		return true
	}
	if d.Protocol != packet.TCP || t.cfg.Faults == (Faults{}) {
		return false
	}
	m := t.permanent(x, y)
	if m == nil {
		m = t.mappings[t.key(x, y)]
	}
	return t.cuts(d, m, y)
}

// cuts reports whether a packet from or to y, which a mapping would let pass, is
// dropped. There may be no mapping yet.
func (t *Table) cuts(d *datagram, m *mapping, y packet.Endpoint) bool {
	if m != nil {
		forwarded := t.forwards[m.internal] == m
		if t.cfg.Faults.unassembled(d, forwarded, m.permanent && !forwarded) ||
			m.permanent && t.faults(d.Protocol).shuts(d, forwarded) {
			return true
		}
	}
	if d.Protocol != packet.TCP || t.cfg.Faults == (Faults{}) {
		return false
	}
	var s *tcpSession
	if m != nil {
		if l, ok := m.life.(*tcpLife); ok {
			s = l.sessions[y]
		}
	}
	f := t.faults(packet.TCP)
	return f.TCPSegmentFaults.looks(d) || f.offers(d) || f.crosses(d, s) ||
		s != nil && (f.follows(d, s) || f.rejects(d, s))
}
