package refnat

import "github.com/natproof/natproof/topology/packet"

// EndingFaults are ICMP messages that end mappings. The dynamic ones: those of the
// configuration stay.
type EndingFaults struct {
	// ErrorFromInsideEndsMapping removes a mapping after an error from the inside
	// about what it has let in. Breaks REQ-12.
	ErrorFromInsideEndsMapping bool `breaks:"rfc4787.req-12"`
	// EchoEndsMapping removes the mappings whose external port is the identifier of
	// an echo request, from either side. Breaks REQ-12.
	EchoEndsMapping bool `breaks:"rfc4787.req-12"`
	// NonsenseEndsMappings removes all mappings when an error quotes what no mapping
	// is for. Breaks REQ-12.
	NonsenseEndsMappings bool `breaks:"rfc4787.req-12"`
}

// complained is told of the mapping that an error from inside is about.
func (t *Table) complained(m *mapping) {
	if t.cfg.Faults.ErrorFromInsideEndsMapping && !m.permanent {
		t.remove(m)
	}
}

// pinged is told of what is neither translated nor an error.
func (t *Table) pinged(d *datagram) {
	if t.cfg.Faults.EchoEndsMapping && d.Protocol == packet.ICMP && d.ICMP != nil && d.ICMP.Query {
		t.removeAll(func(m *mapping) bool { return m.external.Port() == d.ICMP.ID() })
	}
}

// baffled is told of an error that no mapping is behind.
func (t *Table) baffled() {
	if t.cfg.Faults.NonsenseEndsMappings {
		t.removeAll(func(*mapping) bool { return true })
	}
}

func (t *Table) removeAll(which func(*mapping) bool) {
	for _, m := range t.mappings {
		if which(m) {
			t.remove(m)
		}
	}
}
