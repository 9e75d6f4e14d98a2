package suites_test

import (
	"net/netip"
	"time"
)

// smallAges are what the small NAT of the tests can do wrong with mappings that are in use.
var smallAges = []foreign{
	{name: "a mapping dies of age", breaks: []string{"rfc4787.req-5"}, beside: []string{"rfc4787.req-6"}},
	{name: "a mapping ends with a connection", breaks: []string{"rfc4787.req-5"}, beside: []string{"rfc5382.req-2"}},
	{name: "short datagrams keep nothing", breaks: []string{"rfc4787.req-6"}, beside: []string{"rfc4787.req-5"}},
	{name: "the way back inside keeps nothing", breaks: []string{"rfc4787.req-9"}, beside: []string{"rfc4787.req-6"}},
	{name: "an endpoint moves when crowded", breaks: []string{"practice.capacity"}, beside: []string{"rfc4787.req-1"}},
	{name: "low ports are of any parity", breaks: []string{"rfc4787.req-4"}, beside: []string{"rfc4787.req-3a"}},
}

// keeps tells that a datagram from the inside makes its mapping live longer.
func (n *smallNAT) keeps(p ipv4, peer netip.AddrPort) bool {
	short := len(p) < p.header()+8+2
	return !n.mistakes["the inside refreshes nothing"] && !(short && n.mistakes["short datagrams keep nothing"]) &&
		!(n.isExternal(peer.Addr()) && n.mistakes["the way back inside keeps nothing"])
}

// isOld tells that a mapping ends for its age, by mistake.
func (n *smallNAT) isOld(b *binding) bool {
	if n.mistakes["a connection ends with a mapping"] && b.key.proto == protoTCP {
		beside := n.byInside[n.session(protoUDP, b.key.inside)]
		return beside != nil && !n.alive(beside)
	}
	return n.mistakes["a mapping dies of age"] && b.key.proto == protoUDP && n.now().Sub(b.made) > 8*time.Minute
}

// endsBeside ends the mapping of UDP beside a connection that is over, by mistake.
func (n *smallNAT) endsBeside(b *binding) {
	if n.mistakes["a mapping ends with a connection"] {
		n.forget(n.byInside[n.session(protoUDP, b.key.inside)])
	}
}

// moved is the mapping that an endpoint goes on with: another one, by mistake.
func (n *smallNAT) moved(b *binding) *binding {
	const crowd = 500
	if !n.mistakes["an endpoint moves when crowded"] || len(n.byInside) < crowd || b.moved {
		return b
	}
	delete(n.byInside, b.key) // its port is taken still
	to := n.add(b.key, b.first)
	to.moved = true
	return to
}
