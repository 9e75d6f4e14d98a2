package refnat

import (
	"net/netip"
	"slices"

	"github.com/natproof/natproof/topology/packet"
)

// Basic NAT, RFC 3022, Section 2.1: an address of the pool is one host's alone from its
// first session to the end of its last, and ports are left as they are. An address that
// the switchover keeps back is shared, as NAPT shares it (Section 5.4).

// assignBasic chooses the external endpoint for a new mapping of x toward y; false if no
// address is free.
func (t *Table) assignBasic(x, y packet.Endpoint) (x1 packet.Endpoint, collided, ok bool) {
	h := t.host(x.Addr())
	if !h.bound.IsValid() || t.rebinds(h, x) {
		if h.bound, h.shared = t.freeAddress(x); !h.bound.IsValid() {
			return x1, false, false
		}
	}
	if h.shared {
		return t.assignAt(h.bound, x, y)
	}
	return at(h.bound, x.Protocol, t.basicPort(x)), false, true
}

// freeAddress returns the address for x's host, which has none, and whether it shares that;
// the zero address if none is free.
func (t *Table) freeAddress(x packet.Endpoint) (addr netip.Addr, shared bool) {
	own, last := t.pool, netip.Addr{}
	if t.cfg.Behaviour.Switchover && !t.cfg.Faults.NoSwitchover {
		own, last = t.pool[:len(t.pool)-1], t.pool[len(t.pool)-1]
	}
	for _, addr := range own {
		if !t.bound(addr) {
			return addr, false
		}
	}
	if last.IsValid() {
		return t.switchedTo(last), true
	}
	return t.overbooked(x), false
}

// bound reports whether a host has an address.
func (t *Table) bound(addr netip.Addr) bool {
	if slices.Contains(t.kept, addr) {
		return true
	}
	for _, h := range t.hosts {
		if h.bound == addr {
			return true
		}
	}
	return false
}
