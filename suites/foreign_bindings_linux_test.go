package suites_test

import (
	"net/netip"
	"time"
)

func (n *smallNAT) isExternal(addr netip.Addr) bool {
	for _, e := range n.external {
		if e == addr {
			return true
		}
	}
	_, ok := n.paired(addr)
	return ok
}

// paired is the inside address of a pair's external one.
func (n *smallNAT) paired(external netip.Addr) (netip.Addr, bool) {
	for inside, e := range n.pairs {
		if e == external {
			return inside, true
		}
	}
	return netip.Addr{}, false
}

func (n *smallNAT) alive(b *binding) bool {
	return b.lifetime == 0 || n.now().Sub(b.last) < b.lifetime
}

func (n *smallNAT) forget(b *binding) {
	if b == nil || b.lifetime == 0 {
		return
	}
	delete(n.byInside, b.key)
	if n.byOutside[b.outside] == b {
		delete(n.byOutside, b.outside)
	}
}

// bind finds the mapping of an inside endpoint, or makes it; nil when all ports
// are taken.
func (n *smallNAT) bind(inside, peer netip.AddrPort) *binding {
	if external, ok := n.pairs[inside.Addr()]; ok && !n.mistakes["a pair in one direction only"] {
		to := netip.AddrPortFrom(external, inside.Port())
		return &binding{key: session{inside: inside}, outside: to, peers: map[netip.AddrPort]bool{}}
	}
	key := session{inside: inside}
	if n.mistakes["a mapping for each destination"] {
		key.peer = peer
	}
	if n.mistakes["a mapping for each destination address"] {
		key.peer = netip.AddrPortFrom(peer.Addr(), 0)
	}
	if old := n.byInside[key]; old != nil {
		answersOnly := n.mistakes["a forward is for answers only"] && old.lifetime == 0 && !old.peers[peer]
		if n.alive(old) && !answersOnly {
			return n.perPeer(old, peer)
		}
		n.forget(old)
	}
	return n.add(key, peer)
}

// perPeer is the mistake of a NAT that maps by destination once there was a
// conflict.
func (n *smallNAT) perPeer(b *binding, peer netip.AddrPort) *binding {
	if !b.strict || !n.mistakes["a mapping for each destination after a conflict"] || b.peers[peer] {
		return b
	}
	key := session{b.key.inside, peer}
	if old := n.byInside[key]; old != nil && n.alive(old) {
		return old
	}
	return n.add(key, peer)
}

func (n *smallNAT) add(key session, peer netip.AddrPort) *binding {
	outside := n.free(n.address(key, peer), key.inside.Port(), peer)
	if !outside.IsValid() {
		return nil
	}
	b := &binding{
		key: key, outside: outside, peers: map[netip.AddrPort]bool{}, last: n.now(), lifetime: n.lifetime,
		strict: outside.Port() != key.inside.Port(), made: n.now(), first: peer,
	}
	if n.mistakes["room for eight mappings"] && len(n.byInside) >= 8 {
		n.forget(n.oldest())
	}
	n.byInside[key] = b
	taken := n.mistakes["a forward's port is like any other"]
	if n.byOutside[outside] == nil || !n.alive(n.byOutside[outside]) || taken {
		n.byOutside[outside] = b
	}
	return b
}

// oldest is the mapping that was made before all others.
func (n *smallNAT) oldest() *binding {
	var oldest *binding
	for _, b := range n.byInside {
		if b.lifetime > 0 && (oldest == nil || b.made.Before(oldest.made)) {
			oldest = b
		}
	}
	return oldest
}

// address chooses among the external addresses: one for each host.
func (n *smallNAT) address(key session, peer netip.AddrPort) netip.Addr {
	inside, outside := key.inside.Addr().As4(), peer.Addr().As4()
	i := int(inside[3])
	if n.past.lost.IsValid() && !n.past.known[key.inside] && n.mistakes["who is new gets the old address"] {
		return n.past.lost
	}
	if n.mistakes["an address for each peer"] {
		i += int(outside[3])
	}
	return n.external[i%len(n.external)]
}

// free finds a port that is not taken: the endpoint's own, or the next of its class and
// parity.
func (n *smallNAT) free(addr netip.Addr, port uint16, peer netip.AddrPort) netip.AddrPort {
	least, most, step := 1024, 65535, 2
	if port < 1024 {
		least, most = 1, 1023
	}
	first := int(port)
	switch {
	case n.mistakes["high ports for all"] && first < 1024:
		first, least, most = first+20000, 1024, 65535
	case n.mistakes["a low port for high ones"] && first >= 5000:
		first, least, most = 600+first%2, 1, 1023
	case n.mistakes["the next port"]:
		first, step = min(first+1, most), 1
	}
	for i, candidate := 0, first; i <= most-least; i, candidate = i+step, candidate+step {
		if candidate > most {
			candidate = least + (first-least)%step
		}
		outside := netip.AddrPortFrom(addr, uint16(candidate))
		b := n.byOutside[outside]
		if b != nil && b.lifetime == 0 && n.mistakes["a forward's port is like any other"] {
			b = nil
		}
		if b != nil && b.lifetime > 0 && (!n.alive(b) || n.mistakes["hosts share a port"]) {
			b = nil
		}
		if n.mistakes["shares ports and cannot tell whose they are"] && port < 50000 && b != nil && !b.peers[peer] {
			b = nil
		}
		if b == nil {
			return outside
		}
	}
	return netip.AddrPort{}
}

// forward makes a mapping that is always there.
func (n *smallNAT) forward(outside, inside netip.AddrPort) {
	b := &binding{key: session{inside: inside}, outside: outside, peers: map[netip.AddrPort]bool{}, last: time.Time{}}
	if !n.mistakes["a forward's answers have a mapping of their own"] {
		n.byInside[b.key] = b
	}
	n.byOutside[outside] = b
}
