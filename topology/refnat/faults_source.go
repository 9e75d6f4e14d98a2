package refnat

import "github.com/natproof/natproof/topology/packet"

// SourceFaults are in who is seen as the sender of what comes in.
type SourceFaults struct {
	// FirstPeerShown shows whoever sends to a mapping as the first that its
	// endpoint has sent to, if that is at a well-known port.
	FirstPeerShown bool `breaks:"rfc3022.inbound-source" also:"rfc4787.req-11" query:"rfc5508.req-1" queryalso:"rfc3022.basic-dynamic translation.snat-source"` //nolint:lll // a tag cannot be broken
}

// shown writes a sender into what comes in through a mapping.
func (t *Table) shown(m *mapping, e packet.Edit) {
	x := t.endpoints[indexOf(m.internal)]
	if t.faults(m.internal.Protocol).FirstPeerShown && x != nil && x.first.IsValid() && x.first.Port() < 1024 {
		e.SetSource(x.first.AddrPort)
	}
}
