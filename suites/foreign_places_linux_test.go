package suites_test

import "net/netip"

// smallPlaces are what the small NAT of the tests can do wrong at the edges of what it is asked
// for: beside a subnet, at the second of several, in another protocol, or later.
var smallPlaces = []foreign{
	{
		name:   "queries have no chosen source",
		breaks: []string{"translation.snat-source", "translation.snat-subnet"},
		beside: []string{"translation.snat-others"},
	},
	{
		name:   "a subnet of two is one of four",
		breaks: []string{"translation.snat-others"}, beside: []string{"translation.snat-subnet"},
	},
	{
		name:   "the second pair is of ports alone",
		breaks: []string{"translation.static-protocols"}, beside: []string{"rfc3022.basic-static"},
	},
	{
		name:   "what has no ports leaves from the first pair",
		breaks: []string{"rfc3022.static-own"}, beside: []string{"translation.static-protocols"},
	},
	{
		name:   "clients of a forward have high ports",
		breaks: []string{"translation.dnat-clients"}, beside: []string{"rfc3022.napt-static-port"},
	},
	{
		name:   "a forward is shut by its own host",
		breaks: []string{"translation.dnat-clients"}, beside: []string{"practice.forward-own"},
	},
	{
		name:   "the second port of a range is lost",
		breaks: []string{"translation.dnat-range"}, beside: []string{"translation.dnat-servers"},
	},
	{
		name:   "a forward of UDP hides the one of TCP",
		breaks: []string{"translation.dnat-servers"}, beside: []string{"rfc3022.napt-static-port"},
	},
	{
		name:   "an endpoint that is mapped is not bypassed",
		breaks: []string{"rfc6888.req-6"}, beside: []string{"rfc6888.req-2"},
	},
	{
		name:   "a full block goes on in the next",
		breaks: []string{"rfc6888.req-8b"}, beside: []string{"rfc6888.req-4"},
	},
	{
		name:   "an address changes with what has ended",
		breaks: []string{"rfc6888.req-2"}, beside: []string{"rfc4787.req-2"},
	},
	{
		name:   "a forward waits for a mapping at its port",
		breaks: []string{"practice.change-forward-added"}, beside: []string{"practice.change-forward-altered"},
	},
	{
		name:   "queries are given addresses by themselves",
		breaks: []string{"rfc3022.basic-dynamic"}, beside: []string{"rfc3022.basic-no-port"},
	},
}

// misplaces reports whether a packet is lost, or sent on, at such a place.
func (n *smallNAT) misplaces(fromInside bool, p ipv4) bool {
	if p[9] != protoUDP && p[9] != protoTCP {
		return p[9] != protoICMP && n.misplacesPortless(fromInside, p)
	}
	if fromInside {
		own := n.byInside[n.session(p[9], p.from())]
		if own != nil && own.lifetime == 0 && !own.peers[p.to()] && n.mistakes["a forward is shut by its own host"] {
			own.sent++
		}
		return false
	}
	b, port := n.byOutside[n.endpoint(p[9], p.to())], p.to().Port()
	if b == nil || b.lifetime > 0 {
		return false
	}
	other := n.byOutside[n.endpoint(protoUDP, p.to())]
	return n.mistakes["clients of a forward have high ports"] && port == 8080 && p.from().Port() < 1024 ||
		n.mistakes["a forward is shut by its own host"] && b.sent%2 == 1 && !b.peers[p.from()] ||
		n.mistakes["the second port of a range is lost"] && port == 27001 ||
		n.mistakes["a forward of UDP hides the one of TCP"] && p[9] == protoTCP && other != nil && other.lifetime == 0
}

func (n *smallNAT) misplacesPortless(fromInside bool, p ipv4) bool {
	first := netip.MustParseAddr("192.168.0.5")
	external, several := n.pairs[first], len(n.pairs) > 1
	inside, _ := n.paired(p.destination())
	host := inside
	if fromInside {
		host = p.source()
	}
	if n.mistakes["the second pair is of ports alone"] && several && host != first {
		return true
	}
	if _, ok := n.pairs[host]; !ok && several && fromInside &&
		n.mistakes["what has no ports leaves from the first pair"] {
		addr := external.As4()
		p.set(12, addr[:], 10)
		n.send(false, p)
		return true
	}
	return false
}

// misplacedAddress is the external address that a mapping has by mistake.
func (n *smallNAT) misplacedAddress(key session) (netip.Addr, bool) {
	two, own := len(n.sources) == 1 && n.sources[0].inside.Bits() == 31, n.external[0]
	switch {
	case n.mistakes["queries have no chosen source"]:
		return own, key.proto == protoICMP && len(n.sources) > 0
	case n.mistakes["a subnet of two is one of four"] && two:
		four := netip.PrefixFrom(n.sources[0].inside.Addr(), 30).Masked()
		return n.sources[0].external, four.Contains(key.inside.Addr())
	case n.mistakes["an address changes with what has ended"] && len(n.external) > 2:
		ended := false
		for other, b := range n.byInside {
			ended = ended || other.inside.Addr() == key.inside.Addr() && b.lifetime > 0 && !n.alive(b)
		}
		last := key.inside.Addr().As4()
		return n.external[(int(last[3])+1)%len(n.external)], ended
	}
	return netip.Addr{}, false
}

// blockLength is how many ports a block has.
func (n *smallNAT) blockLength() int {
	if n.mistakes["a full block goes on in the next"] {
		return 2 * n.block
	}
	return n.block
}

// keepsMapped reports whether a packet is translated since its sender has a mapping, by mistake.
func (n *smallNAT) keepsMapped(fromInside bool, p ipv4) bool {
	own := n.byInside[n.session(p[9], p.from())]
	return fromInside && own != nil && n.alive(own) && n.mistakes["an endpoint that is mapped is not bypassed"]
}

// routes sends a packet on as it is, in fragments that fit.
func (n *smallNAT) routes(toInside bool, p ipv4) {
	for _, part := range p.split(n.mtu[ix(toInside)]) {
		n.out(toInside, part)
	}
}
