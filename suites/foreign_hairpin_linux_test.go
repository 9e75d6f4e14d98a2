package suites_test

import "net/netip"

// smallHairpins are what the small NAT of the tests can do wrong with what the inside sends to
// its own external endpoints.
var smallHairpins = []foreign{
	{
		name:   "a pair is for the outside alone",
		breaks: []string{"rfc4787.req-9", "rfc5382.req-8"}, beside: []string{"rfc3022.basic-static"},
		blinds: []string{"rfc4787.req-9a", "rfc5382.req-8a"},
	},
	{
		name:   "a forward is not for its own host",
		breaks: []string{"rfc4787.req-9", "rfc5382.req-8"}, beside: []string{"rfc4787.req-9a", "rfc5382.req-8a"},
	},
	{
		name:   "the way back inside is by one address",
		breaks: []string{"rfc4787.req-9", "rfc5382.req-8"}, beside: []string{"rfc4787.req-9a", "rfc5382.req-8a"},
	},
	{
		name:   "the way back inside is for eight packets",
		breaks: []string{"rfc4787.req-9", "rfc5382.req-8"}, beside: []string{"rfc4787.req-9a", "rfc5382.req-8a"},
	},
}

// turnsAround reports whether what an inside endpoint, whose mapping is b, sends to an external
// one comes back inside.
func (n *smallNAT) turnsAround(b *binding, inside, peer netip.AddrPort) bool {
	_, pair := n.paired(peer.Addr())
	to := n.byOutside[n.endpoint(b.key.proto, peer)]
	n.past.turned[inside]++
	switch {
	case n.mistakes["no way back inside"],
		pair && n.mistakes["a pair is for the outside alone"],
		!pair && peer.Addr() != n.external[0] && n.mistakes["the way back inside is by one address"],
		n.past.turned[inside] > 8 && n.mistakes["the way back inside is for eight packets"]:
		return false
	}
	own := to != nil && to.lifetime == 0 && to.key.inside.Addr() == inside.Addr()
	return !own || !n.mistakes["a forward is not for its own host"]
}
