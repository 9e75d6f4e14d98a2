package refnat

import (
	"net/netip"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// TCPNeighbourFaults are in how long a session lives for the way in which it has begun, and
// in what becomes of it for others.
type TCPNeighbourFaults struct {
	// CrossedTransitory gives a session in which SYNs have crossed the transitory timer.
	CrossedTransitory bool `breaks:"rfc5382.req-5-est"`
	// ReusedTransitory gives a session the transitory timer whose ends have finished another
	// before.
	ReusedTransitory bool `breaks:"rfc5382.req-5-est"`
	// ResetEndsOthers ends all sessions of a mapping in one of which there is a RST.
	ResetEndsOthers bool `breaks:"rfc5382.req-5-est"`
	// CloseEndsOthers ends all sessions of a mapping when both ends of one have finished.
	CloseEndsOthers bool `breaks:"rfc5382.req-5-est"`
	// EndsByPort ends the mappings of other hosts that have the port of one that has ended.
	EndsByPort bool `breaks:"rfc5382.req-5-est"`
	// EndsWithUDP ends the mappings of an endpoint when the one that it has of UDP ends.
	EndsWithUDP bool `breaks:"rfc5382.req-5-est"`
	// FilterPerHost lets in whom any endpoint of the same host has sent to. Breaks REQ-3a.
	FilterPerHost bool `breaks:"rfc5382.req-3a"`
}

// begun returns how long a session may be idle for the way in which it has begun.
func (f TCPNeighbourFaults) begun(sound time.Duration, s *tcpSession, b *Behaviour) time.Duration {
	crossed := s.wrong.called[Inside] && s.wrong.called[Outside]
	if f.CrossedTransitory && crossed || f.ReusedTransitory && s.wrong.again {
		return min(sound, b.TCPClosing)
	}
	return sound
}

// endsOthers ends what a segment ends besides, in the session s.
func (l *tcpLife) endsOthers(s *tcpSession, kind tcpKind) {
	f := l.table.faults(packet.TCP).TCPNeighbourFaults
	if (!f.ResetEndsOthers || kind != tcpRST) && (!f.CloseEndsOthers || s.state != tcpBothFIN) {
		return
	}
	for _, other := range l.sessions {
		if other != s {
			l.close(other)
		}
	}
}

// endsBeside ends what ends with a mapping besides.
func (t *Table) endsBeside(m *mapping) {
	if !t.faults(m.internal.Protocol).EndsByPort {
		return
	}
	for _, other := range t.mappings {
		if anywhere(other.internal) == anywhere(m.internal) {
			t.remove(other)
			return
		}
	}
}

// hostAdmits reports whether y is let in for what its host's other endpoints have sent.
func (t *Table) hostAdmits(m *mapping, y packet.Endpoint, depends Dependence) bool {
	if m.internal.Protocol != packet.TCP || !t.faults(packet.TCP).FilterPerHost {
		return false
	}
	for _, other := range t.mappings {
		same := other.internal.Protocol == m.internal.Protocol && other.internal.Addr() == m.internal.Addr()
		if same && other.contacted(y, depends) {
			return true
		}
	}
	return false
}

// pickedUp returns what leaves of a segment that belongs to no session.
func (t *Table) pickedUp(d *datagram) []Packet {
	if d.Protocol != packet.TCP || !t.faults(packet.TCP).PickedUpElsewhere || kindOf(&d.Packet) != tcpData {
		return nil
	}
	const elsewhere = 65000
	e := d.forward()
	e.SetSource(netip.AddrPortFrom(t.cfg.External[0], elsewhere))
	return t.emit(d, e, Outside)
}
