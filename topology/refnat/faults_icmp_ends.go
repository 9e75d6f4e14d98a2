package refnat

import (
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// EndingFaults are ICMP messages that end mappings. The dynamic ones: those of the
// configuration stay.
type EndingFaults struct {
	// ErrorFromInsideEndsMapping removes a mapping after an error from the inside
	// about what it has let in. Breaks REQ-12.
	ErrorFromInsideEndsMapping bool `breaks:"rfc4787.req-12" tcp:"rfc5382.req-10" tcpblinds:"rfc5508.req-5a rfc5508.req-7-error" query:"rfc5508.req-6"` //nolint:lll // a tag cannot be broken
	// EchoEndsMapping removes the mappings whose external port is the identifier of
	// an echo request, from either side. Breaks REQ-12.
	EchoEndsMapping bool `breaks:"rfc4787.req-12" tcp:"rfc5382.req-10" also:"rfc3022.basic-dynamic" tcpalso:"rfc3022.basic-dynamic"` //nolint:lll // a tag cannot be broken
	// NonsenseEndsMappings removes all mappings when an error quotes what no mapping
	// is for. Breaks REQ-12.
	NonsenseEndsMappings bool `breaks:"rfc4787.req-12" tcp:"rfc5382.req-10"`
}

// complained is told of the mapping that an error from inside is about.
func (t *Table) complained(m *mapping, now time.Time) {
	if t.faults(m.internal.Protocol).ErrorsRefresh {
		t.refresh(m, now)
	}
	if t.faults(m.internal.Protocol).ErrorFromInsideEndsMapping && !m.permanent {
		t.remove(m)
	}
}

// pinged is told of every packet.
func (t *Table) pinged(d *datagram) {
	if d.Protocol == packet.ICMP && d.ICMP != nil && d.ICMP.Query {
		t.removeAll(func(m *mapping) bool {
			return t.faults(m.internal.Protocol).EchoEndsMapping && m.external.Port() == d.ICMP.ID()
		})
	}
}

// baffled is told of an error that no mapping is behind.
func (t *Table) baffled() {
	t.removeAll(func(m *mapping) bool { return t.faults(m.internal.Protocol).NonsenseEndsMappings })
}

func (t *Table) removeAll(which func(*mapping) bool) {
	if t.cfg.Faults.EndingFaults == (EndingFaults{}) && t.cfg.Faults.tcp == nil &&
		t.cfg.Faults.query == nil {
		return // a sound NAT does not even look
	}
	for _, m := range t.mappings {
		if which(m) {
			t.remove(m)
		}
	}
}
