package refnat

import (
	"slices"

	"github.com/natproof/natproof/topology/packet"
)

// CircumstanceFaults are in mappings and filters, and show under certain circumstances alone.
type CircumstanceFaults struct {
	// MappingOfLowPortsByPeer gives each destination a mapping of its own, to endpoints with
	// well-known ports. Breaks REQ-1.
	MappingOfLowPortsByPeer bool `breaks:"rfc4787.req-1" tcp:"rfc5382.req-1" query:"rfc5508.req-1a"`
	// MappingByPeerWhenMany gives a destination a mapping of its own when an endpoint has
	// sent to 100 others. Breaks REQ-1.
	MappingByPeerWhenMany bool `breaks:"rfc4787.req-1" tcp:"rfc5382.req-1" also:"rfc4787.req-11" tcpalso:"practice.deterministic-tcp"` //nolint:lll // a tag cannot be broken
	// FewStrangersOnly lets no stranger in through a mapping after the fifth. Breaks REQ-11.
	FewStrangersOnly bool `breaks:"rfc4787.req-11" tcp:"practice.deterministic-tcp"`
	// ServicesKeptOut lets no stranger in that has a port of DNS, NTP or FTP's data. Breaks
	// REQ-11.
	ServicesKeptOut bool `breaks:"rfc4787.req-11" tcp:"practice.deterministic-tcp"`
}

// separates reports whether an endpoint, which has a mapping, gets another one toward y.
func (f CircumstanceFaults) separates(e *endpoint, x, y packet.Endpoint) bool {
	return f.MappingOfLowPortsByPeer && x.Port() < 1024 || f.MappingByPeerWhenMany && e.mappings[0].busy(y)
}

// busy reports whether a mapping serves 100 peers without y.
func (m *mapping) busy(y packet.Endpoint) bool {
	const many = 100
	return m.remotes.len() >= many && !m.remotes.has(y)
}

// keepsOut reports whether a stranger that a mapping lets in is dropped.
func (t *Table) keepsOut(m *mapping, y packet.Endpoint) bool {
	const few = 5
	f := t.faults(m.internal.Protocol).CircumstanceFaults
	if f.ServicesKeptOut && slices.Contains([]uint16{20, 53, 123}, y.Port()) {
		return true
	}
	if !f.FewStrangersOnly {
		return false
	}
	n := 0
	for s := range t.wrong.intruded {
		if s.internal == m.internal {
			n++
		}
	}
	return n > few
}
