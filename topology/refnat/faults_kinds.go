package refnat

import (
	"slices"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// KindFaults are in mappings of one kind, or that have met something.
type KindFaults struct {
	// ShortOfSTUN ends a mapping after 60 s that was made toward the port of STUN. Breaks REQ-5.
	ShortOfSTUN bool `breaks:"rfc4787.req-5" touches:"udp"`
	// ShortOfManyPeers ends a mapping 60 s after its last packet once it has 100 peers. Breaks
	// REQ-5.
	ShortOfManyPeers bool `breaks:"rfc4787.req-5" touches:"udp"`
	// ShortOfReturning ends a mapping after 60 s whose endpoint has had another before. Breaks
	// REQ-5.
	ShortOfReturning bool `breaks:"rfc4787.req-5" touches:"udp"`
	// WearsOut lets nothing in by a mapping of UDP after 250 datagrams. Breaks REQ-5.
	WearsOut bool `breaks:"rfc4787.req-5" touches:"udp"`
	// FilteringByPortWhenMany lets only contacted endpoints in once there are 100 of them.
	// Breaks REQ-11.
	FilteringByPortWhenMany bool `breaks:"rfc4787.req-11" tcp:"practice.deterministic-tcp" touches:"udp tcp"`
	// FilteringByPortElsewhere lets only contacted endpoints in at other external addresses than
	// the first. Breaks REQ-11.
	FilteringByPortElsewhere bool `breaks:"rfc4787.req-11" tcp:"practice.deterministic-tcp" touches:"udp tcp"`
	// MappingByPeerAfterErrors gives a further peer a mapping of its own, to an endpoint about
	// whose packets an error was relayed. Breaks REQ-11.
	MappingByPeerAfterErrors bool `breaks:"rfc4787.req-11" tcp:"practice.deterministic-tcp" touches:"udp tcp"`
	// LookalikesShare gives an endpoint the external one of the same host's whose port differs
	// by 256. Breaks REQ-3.
	LookalikesShare bool `breaks:"rfc4787.req-3" tcp:"rfc5382.req-7" touches:"udp tcp"`
	// ServicePortsShared lets hosts share the port of IPsec's way through NATs. Breaks REQ-3.
	ServicePortsShared bool `breaks:"rfc4787.req-3" tcp:"rfc5382.req-7" touches:"udp tcp" also:"translation.dnat-ipsec"`
	// RestingPortsShared lets an endpoint share the external one of another host that has been
	// idle for a minute or, of TCP, whose sessions all have ended but for the last
	// acknowledgment. Breaks REQ-3.
	RestingPortsShared bool `breaks:"rfc4787.req-3" tcp:"rfc5382.req-7" touches:"udp tcp"`
}

const (
	stunPort, natTraversal = 3478, 4500
	wornOut                = 250
	manyPeers              = 100
	lookalike              = 256
)

// narrows returns how the filter of a mapping depends on the sender.
func (t *Table) narrows(sound Dependence, m *mapping) Dependence {
	f := t.faults(m.internal.Protocol).KindFaults
	if f.FilteringByPortWhenMany && m.remotes.len() >= manyPeers ||
		f.FilteringByPortElsewhere && len(t.pool) > 1 && m.external.Addr() != t.pool[0] {
		return AddressAndPortDependent
	}
	return sound
}

// partsFor reports whether an endpoint, which has a mapping, gets another one toward y.
func (f KindFaults) partsFor(e *endpoint, y packet.Endpoint) bool {
	return f.MappingByPeerAfterErrors && e.mappings[0].blamed && !e.mappings[0].remotes.has(y)
}

// resembles returns the external endpoint that x shares for its likeness to another's.
func (t *Table) resembles(x packet.Endpoint) (x1 packet.Endpoint, ok bool) {
	if !t.faults(x.Protocol).LookalikesShare {
		return x1, false
	}
	for _, port := range []uint16{x.Port() - lookalike, x.Port() + lookalike} {
		if e := t.endpoints[indexOf(at(x.Addr(), x.Protocol, port))]; e != nil && len(e.mappings) > 0 {
			return e.mappings[0].external, true
		}
	}
	return x1, false
}

// sharesResting reports whether x may share what another host holds in m.
func (t *Table) sharesResting(m *mapping, x packet.Endpoint) bool {
	f := t.faults(x.Protocol).KindFaults
	if m.internal.Port() != x.Port() || m.internal == x {
		return false
	}
	if f.ServicePortsShared && x.Port() == natTraversal {
		return true
	}
	if !f.RestingPortsShared {
		return false
	}
	switch l := m.life.(type) {
	case *udpLife:
		return t.now.Sub(l.restarted) > time.Minute
	case *tcpLife:
		for _, s := range l.sessions {
			if s.state != tcpBothFIN {
				return false
			}
		}
		return len(l.sessions) > 0
	}
	return false
}

// overlooked reports whether x is to share the external endpoint that it wants, with somebody
// of another kind.
func (t *Table) overlooked(wanted, x packet.Endpoint) bool {
	return slices.ContainsFunc(t.external[indexOf(wanted)], func(m *mapping) bool { return t.sharesResting(m, x) })
}

// kindly returns the life of a mapping of UDP for its kind, and of how much use it was.
func (w *udpMistakes) kindly(f KindFaults, sound time.Duration) time.Duration {
	switch {
	case f.WearsOut && w.taken >= wornOut:
		return 0
	case f.ShortOfSTUN && w.first.Port() == stunPort, f.ShortOfManyPeers && w.peers.len() >= manyPeers,
		f.ShortOfReturning && w.returning:
		return min(hastyLifetime, sound)
	}
	return sound
}

// TCPKindFaults are in how long TCP sessions of one kind live, and in what becomes of SYNs that
// are repeated.
type TCPKindFaults struct {
	// UrgentTransitory gives a session with urgent data the transitory timer. Breaks REQ-5 of
	// RFC 5382.
	UrgentTransitory bool `breaks:"rfc5382.req-5-est"`
	// ForwardedTransitory drops what a forward's host sends in a session after ten minutes
	// without a segment from outside. Breaks REQ-5 of RFC 5382.
	ForwardedTransitory bool `breaks:"rfc5382.req-5-est"`
	// SessionDiesOfAge ends a session eight hours after its begin. Breaks REQ-5 of RFC 5382.
	SessionDiesOfAge bool `breaks:"rfc5382.req-5"`
	// KeepAlivesUnheeded restarts no timer for a segment without data, in a session that was
	// idle for an hour. Breaks REQ-5 of RFC 5382.
	KeepAlivesUnheeded bool `breaks:"rfc5382.req-5"`
	// RepeatedCallRefused answers a SYN that is not let in with a RST when it comes again.
	// Breaks REQ-4 of RFC 5382.
	RepeatedCallRefused bool `breaks:"rfc5382.req-4"`
}

const (
	sessionAge       = 8 * time.Hour
	forwardedSilence = 10 * time.Minute
)

// aged limits when a session ends for what it is.
func (f TCPKindFaults) aged(end time.Time, s *tcpSession, p *packet.Packet, now time.Time, b *Behaviour) time.Time {
	w := &s.wrong
	w.urgent = w.urgent || p.TCP.Flags&packet.URG != 0
	if w.since.IsZero() || s.state == tcpInsideInit || s.state == tcpOutsideInit {
		w.since = now
	}
	if limit := w.since.Add(sessionAge); f.SessionDiesOfAge && end.After(limit) {
		end = limit
	}
	if limit := now.Add(b.TCPClosing); f.UrgentTransitory && w.urgent && end.After(limit) {
		end = limit
	}
	return end
}

// forsakes reports whether what the host of a forward sends to y is dropped.
func (t *Table) forsakes(m *mapping, y packet.Endpoint) bool {
	last, known := t.wrong.called[session{m.internal, y}]
	return known && t.now.Sub(last) > forwardedSilence
}

// hears notes when a forward has let something in.
func (t *Table) hears(m *mapping, y packet.Endpoint) {
	if m.internal.Protocol == packet.TCP && t.faults(packet.TCP).ForwardedTransitory && t.forwards[m.internal] == m {
		t.wrong.called[session{m.internal, y}] = t.now
	}
}

// returns reports whether the endpoint of a mapping of UDP that begins has had another before.
func (t *Table) returns(m *mapping) bool {
	if !t.faults(m.internal.Protocol).ShortOfReturning {
		return false
	}
	had := t.wrong.returned[m.internal]
	t.wrong.returned[m.internal] = true
	return had
}
