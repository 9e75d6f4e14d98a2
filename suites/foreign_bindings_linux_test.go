package suites_test

import (
	"math/rand/v2"
	"net/netip"
	"time"
)

func (n *smallNAT) isExternal(addr netip.Addr) bool {
	for _, e := range n.external {
		if e == addr {
			return true
		}
	}
	for _, s := range n.sources {
		if s.external == addr {
			return true
		}
	}
	_, ok := n.paired(addr)
	return ok || n.past.forwarded[addr]
}

// paired is the inside address of a pair's external one.
func (n *smallNAT) paired(external netip.Addr) (netip.Addr, bool) {
	for inside, e := range n.pairs {
		if e == external {
			return inside, !n.rests(inside)
		}
	}
	return netip.Addr{}, false
}

func (n *smallNAT) alive(b *binding) bool {
	return b.lifetime == 0 || (n.now().Sub(b.last) < b.lifetime || n.now().Before(b.until)) && !n.isOld(b)
}

func (n *smallNAT) forget(b *binding) {
	if b == nil || b.lifetime == 0 {
		return
	}
	n.rest(b)
	delete(n.byInside, b.key)
	if n.byOutside[b.outside] == b {
		delete(n.byOutside, b.outside)
	}
}

// bind finds the mapping of an inside endpoint, or makes it; nil when all ports
// are taken.
func (n *smallNAT) bind(proto byte, inside, peer netip.AddrPort) *binding {
	if external, ok := n.pairs[inside.Addr()]; ok && !n.mistakes["a pair in one direction only"] {
		n.rests(inside.Addr())
		to := n.endpoint(proto, netip.AddrPortFrom(external, inside.Port()))
		return &binding{key: n.session(proto, inside), outside: to, peers: map[netip.AddrPort]bool{}}
	}
	key := n.key(proto, inside, peer)
	if !n.admits(key, peer) {
		return nil
	}
	if old := n.byInside[key]; old != nil {
		answersOnly := n.mistakes["a forward is for answers only"] && old.lifetime == 0 && !old.peers[peer]
		if n.alive(old) && !answersOnly && !n.isUsedUp(old) {
			return n.perPeer(old, peer)
		}
		if n.isUsedUp(old) {
			delete(n.byInside, old.key) // its port is taken still
		} else {
			n.forget(old)
		}
	}
	return n.add(key, peer)
}

// key is that of an inside endpoint's mapping, for which by mistake the peer counts.
func (n *smallNAT) key(proto byte, inside, peer netip.AddrPort) session {
	key := n.session(proto, inside)
	ofLow := n.mistakes["a mapping for each destination of low ports"] && inside.Port() < 1024
	if n.mistakes["a mapping for each destination"] || ofLow {
		key.peer = peer
	}
	if old := n.byInside[key]; old != nil && len(old.errors) > 0 && !old.peers[peer] &&
		n.mistakes["a mapping for each destination after an error"] && proto == protoUDP {
		key.peer = peer
	}
	apart := key
	apart.inside = netip.AddrPortFrom(inside.Addr(), inside.Port()-256)
	if proto == protoUDP && n.mistakes["ports 256 apart are one"] && n.byInside[apart] != nil {
		return apart
	}
	ofQueries := n.mistakes["an identifier for each destination address"] && proto == protoICMP
	if n.mistakes["a mapping for each destination address"] || ofQueries {
		key.peer = netip.AddrPortFrom(peer.Addr(), 0)
	}
	if own := (session{key.proto, inside, peer}); n.byInside[own] != nil { // after a conflict
		key = own
	}
	return key
}

// perPeer is the mistake of a NAT that maps by destination once there was a
// conflict.
func (n *smallNAT) perPeer(b *binding, peer netip.AddrPort) *binding {
	if !b.strict || !n.mistakes["a mapping for each destination after a conflict"] || b.peers[peer] {
		return b
	}
	key := session{b.key.proto, b.key.inside, peer}
	if old := n.byInside[key]; old != nil && n.alive(old) {
		return old
	}
	return n.add(key, peer)
}

func (n *smallNAT) add(key session, peer netip.AddrPort) *binding {
	if !n.quota(key, peer) {
		return nil
	}
	outside := n.free(key, peer)
	if !outside.at.IsValid() {
		return nil
	}
	b := &binding{
		key: key, outside: outside, peers: map[netip.AddrPort]bool{}, lifetime: n.idleFor(key.proto),
		spoken: map[byte]bool{},
		strict: outside.at.Port() != key.inside.Port(), made: n.now(), first: peer,
		sessions: map[netip.AddrPort]time.Time{},
	}
	if n.mistakes["room for eight mappings"] && len(n.byInside) >= 8 {
		n.forget(n.oldest())
	}
	if old := n.byOutside[outside]; old != nil && n.mistakes["who knew a port's last host gets in"] {
		b.peers = old.peers
	}
	if n.isHasty(b) {
		b.lifetime = time.Minute
	}
	n.byInside[key] = b
	taken := n.mistakes["a forward's port is like any other"] || n.byOutside[outside] != nil &&
		n.gives(n.byOutside[outside], key)
	if n.byOutside[outside] == nil || !n.alive(n.byOutside[outside]) || taken {
		n.byOutside[outside] = b
	}
	return b
}

// isHasty tells that a mapping lives for a minute, by mistake.
func (n *smallNAT) isHasty(b *binding) bool {
	return b.key.proto == protoUDP && (n.hastens(b) ||
		n.mistakes["a timer of 60 s in a crowd"] && len(n.byInside) > 500 ||
		n.mistakes["a timer of 60 s after a conflict"] && b.strict ||
		n.mistakes["a timer of 60 s for calls"] && b.first.Port() == 5060)
}

// hasSent opens the filter for a peer.
func (b *binding) hasSent(proto byte, peer netip.AddrPort, at time.Time) {
	b.peers[peer], b.peers[netip.AddrPortFrom(peer.Addr(), 0)] = true, true
	if b.spoken != nil {
		b.spoken[proto], b.sessions[peer] = true, at
	}
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
	if addr, ok := n.misplacedAddress(key); ok {
		return addr
	}
	if addr, ok := n.sourceOf(key.inside); ok {
		return addr
	}
	inside, outside := key.inside.Addr().As4(), peer.Addr().As4()
	i := int(inside[3])
	if n.past.lost.IsValid() && !n.past.known[key.inside] && n.mistakes["who is new gets the old address"] {
		return n.past.lost
	}
	if n.mistakes["an address for each peer"] {
		i += int(outside[3])
	}
	for _, addr := range n.pairs {
		if n.mistakes["a registered address is one of the pool"] && key.inside.Port() == 35000 {
			return addr
		}
	}
	return n.external[i%len(n.external)]
}

// free finds a port that is not taken, of another address where the host's has none
// and that is asked for.
func (n *smallNAT) free(key session, peer netip.AddrPort) endpoint {
	if n.basic {
		return n.freeBasic(key, peer)
	}
	addr := n.address(key, peer)
	found := n.freeOf(addr, key, peer)
	if found.at.IsValid() || !n.soft {
		return found
	}
	for _, other := range n.external {
		if found = n.freeOf(other, key, peer); found.at.IsValid() {
			break
		}
	}
	return found
}

// freeOf finds a port of an address: the endpoint's own, or another of its class and
// parity that is hard to predict.
func (n *smallNAT) freeOf(addr netip.Addr, key session, peer netip.AddrPort) endpoint {
	least, most, step := 1024, 65535, 2
	port := int(key.inside.Port())
	if port < 1024 {
		least, most = 1, 1023
	}
	first := port
	switch {
	case port < 1024 && n.mistakes["low ports are of any parity"]:
		step = 1
	case n.block > 0 && key.proto != protoICMP:
		least, most = n.blockOf(key.inside.Addr())
		first, step = least, 1
	case n.mistakes["ports are counted up"] && n.ports[1] == 0 && key.proto != protoICMP:
		n.counted++
		first = 20000 + 2*n.counted + port%2
	case n.mistakes["parity is for two hosts"] && key.proto == protoUDP && key.inside.Addr().As4()[3] == 7:
		first, step = min(first+1, most), 1
	case n.ports[1] > 0 && key.proto != protoICMP:
		least, most, step = n.ports[0], n.ports[1], 1
		first = least + port%(most-least+1)
	case n.mistakes["high ports for all"] && first < 1024:
		first, least, most = first+20000, 1024, 65535
	case n.mistakes["a low port for high ones"] && first >= 5000:
		first, least, most = 600+first%2, 1, 1023
	case n.mistakes["the next port"]:
		first, step = min(first+1, most), 1
	}
	candidate := first
	lowest := least + (first-least)%step
	for i := lowest; i <= most+step; i += step {
		outside := endpoint{key.proto, netip.AddrPortFrom(addr, uint16(candidate))}
		if !n.isTaken(outside, key, peer) {
			return outside
		}
		if candidate += step; i == lowest && !n.mistakes["the next port but one"] { // RFC 6056
			candidate = lowest + step*rand.N((most-lowest)/step+1)
		}
		if candidate > most {
			candidate = lowest
		}
	}
	return endpoint{}
}

func (n *smallNAT) isTaken(outside endpoint, key session, peer netip.AddrPort) bool {
	b := n.byOutside[outside]
	switch {
	case n.isResting(outside):
		return true
	case b == nil || n.gives(b, key):
		return false
	case b.lifetime == 0:
		return !n.mistakes["a forward's port is like any other"]
	case key.proto == protoICMP && n.mistakes["hosts share an identifier"]:
		return false
	case n.quarantine > 0 && key.proto == protoTCP && n.mistakes["ports of connections are given to others"]:
		return false
	case n.mistakes["key exchanges share a port"] && key.inside.Port() == 500 && n.alive(b):
		return false
	case !n.alive(b), n.mistakes["hosts share a port"]:
		return n.ports[1] > 0 && n.mistakes["ports are never given back"]
	case n.mistakes["shares ports and cannot tell whose they are"] && key.inside.Port() < 50000:
		return b.peers[peer]
	}
	return true
}

// forward makes a mapping that is always there.
func (n *smallNAT) forward(proto byte, outside, inside netip.AddrPort) {
	b := &binding{
		key: n.session(proto, inside), outside: n.endpoint(proto, outside), peers: map[netip.AddrPort]bool{},
	}
	if !n.mistakes["a forward's answers have a mapping of their own"] {
		n.byInside[b.key] = b
	}
	n.byOutside[b.outside] = b
	n.past.forwarded[outside.Addr()] = true
}
