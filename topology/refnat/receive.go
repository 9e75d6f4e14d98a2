package refnat

import (
	"net/netip"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// receive returns the packet to work on, nil if there is none (yet).
func (t *Table) receive(from Side, data []byte, now time.Time) *datagram {
	if t.cfg.Faults.HeaderUnverified {
		data = sealed(data)
	}
	d, ok := read(from, data)
	if !ok || !t.concerns(d) || t.loses() {
		return nil
	}
	if from == Inside {
		t.second.arrives(d.src())
	}
	if d.Fragment == nil {
		return d
	}
	whole := t.fragments.add(d, now)
	t.awaitFragments()
	return whole
}

// awaitFragments has the fragments that wait looked at in time.
func (t *Table) awaitFragments() {
	if end, ok := t.fragments.end(); ok {
		t.agenda.set(&t.patience, end)
	}
}

// concerns reports whether a packet's addresses are such that it can pass the
// NAT at all.
func (t *Table) concerns(d *datagram) bool {
	if d.from == Inside {
		toHidden := (t.cfg.Behaviour.HideClients || t.cfg.overlaps()) && d.dst() == t.cfg.InsideAddr
		return t.cfg.host(d.src()) && unicast(d.dst()) && (toHidden || !t.cfg.Inside.Contains(d.dst()))
	}
	// No packet from outside may have an inside or an external address for its
	// source: it would pass for one that was hairpinned.
	// Where both sides have one subnet, it may have one of that.
	if !unicast(d.src()) || t.cfg.Inside.Contains(d.src()) && !t.cfg.overlaps() || t.owns(d.Protocol, d.src()) {
		return false
	}
	return t.owns(d.Protocol, d.dst()) || t.exposed(d) || t.bypassed(d) ||
		t.cfg.Behaviour.Translation != NAPT && t.cfg.host(d.dst())
}

// owns reports whether an address is an external one to packets of a protocol.
func (t *Table) owns(p packet.Protocol, addr netip.Addr) bool {
	return t.own[addr] || t.changed.holds(t.faults(p).ChangeFaults, addr)
}
