package refnat

import "github.com/natproof/natproof/topology/packet"

// ForwardFaults are in what the configuration asks for, beside the flows that the
// NAT maps by itself.
type ForwardFaults struct {
	// ForwardPortTaken gives the port of a forward to whoever wants it, but for those of
	// IPsec. Breaks good practice.
	ForwardPortTaken bool `breaks:"practice.forward-port" touches:"udp tcp"`
	// ForwardAnswersOnly lets only answers leave from a forward's external
	// endpoint. Breaks good practice.
	ForwardAnswersOnly bool `breaks:"practice.forward-own" touches:"udp tcp"`
	// StaticDead lets nothing through a static pair in any direction. Breaks
	// RFC 3022, Section 2.1.
	StaticDead bool `breaks:"rfc3022.basic-static" blinds:"rfc4787.req-14 rfc4787.req-9 rfc4787.req-9a rfc5382.req-8 rfc5382.req-8a rfc4787.req-12b rfc5508.req-5c rfc2663.static rfc3022.basic-no-port rfc6888.req-11d rfc6888.req-13 rfc6888.req-8 rfc6888.req-8-config rfc6888.req-8a rfc6888.req-8c practice.other-ways rfc5508.req-4-relay rfc5508.req-5a rfc5508.s7.1.2" touches:"udp tcp"` //nolint:lll // a tag cannot be broken
	// StaticAfterDynamic hands what comes in for a static pair to the host whose
	// mapping has its port, where there is one. Breaks RFC 3022, Section 2.1.
	StaticAfterDynamic bool `breaks:"rfc3022.basic-static" also:"rfc3022.basic-no-port"`
}

// ServiceFaults leave nothing to see of a forward from outside.
type ServiceFaults struct {
	// ForwardOnlyInside serves a port forward to the inside alone. Breaks
	// RFC 3022, Section 2.2.
	ForwardOnlyInside bool `breaks:"rfc3022.napt-static-port" blinds:"rfc5508.req-4-relay rfc5508.req-5a rfc5508.s7.1.2 practice.forward-port practice.other-ways practice.change-forward-* rfc4787.req-7 rfc4787.req-12b rfc4787.req-14 rfc5382.req-2 translation.dnat-* translation.inside-renumbered rfc2663.twice-nat rfc5382.req-5-est"` //nolint:lll // a tag cannot be broken
}

// reserves reports whether a forward's port is kept from dynamic mappings.
func (f ForwardFaults) reserves(port uint16) bool { return !f.ForwardPortTaken || ipsecPort(port) }

// called notes that y has sent to a mapping of the configuration.
func (t *Table) called(m *mapping, y packet.Endpoint) {
	if t.faults(m.internal.Protocol).ForwardAnswersOnly && m.permanent {
		t.answers[session{m.internal, y}] = true
	}
}

// forwardOf returns the forward that serves what x sends to y, nil if none does.
func (t *Table) forwardOf(x, y packet.Endpoint) *mapping {
	if t.faults(x.Protocol).ForwardAnswersOnly && !t.owns(y.Protocol, y.Addr()) && !t.answers[session{x, y}] {
		return nil
	}
	return t.forwards[x]
}

// pairedWith returns the inside address of a static pair.
func (t *Table) pairedWith(x1 packet.Endpoint) (packet.Endpoint, bool) {
	addr, ok := t.staticIn[x1.Addr()]
	addr = t.firstPair(x1, addr)
	if t.faults(x1.Protocol).StaticAfterDynamic && len(t.pool) > 0 {
		if holders := t.external[indexOf(at(t.pool[0], x1.Protocol, x1.Port()))]; len(holders) > 0 {
			return holders[0].internal, ok
		}
	}
	return at(addr, x1.Protocol, x1.Port()), ok && !t.faults(x1.Protocol).StaticDead
}

// dead reports whether a mapping carries nothing out.
func (t *Table) dead(m *mapping) bool {
	return t.faults(m.internal.Protocol).StaticDead && m.permanent && t.forwards[m.internal] == nil
}
