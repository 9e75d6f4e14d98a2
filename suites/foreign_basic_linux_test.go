package suites_test

import (
	"net/netip"
	"slices"
)

// smallBasics are what the small NAT of the tests can do wrong where addresses are one
// host's alone.
var smallBasics = []foreign{
	{
		name:   "no address is shared",
		breaks: []string{"rfc3022.switchover"}, beside: []string{"rfc3022.basic-exhaust", "rfc3022.basic-dynamic"},
	},
	{
		name:   "an address is two hosts'",
		breaks: []string{"rfc3022.basic-exhaust"}, beside: []string{"rfc3022.basic-dynamic", "rfc3022.basic-no-port"},
		blinds: []string{"rfc2663.unbinding"},
	},
	{
		name:   "an address is not given back",
		breaks: []string{"rfc2663.unbinding"}, beside: []string{"rfc3022.basic-exhaust", "rfc3022.basic-dynamic"},
	},
	{
		name:   "an address is taken from who still uses it",
		breaks: []string{"rfc2663.unbinding"}, beside: []string{"rfc3022.basic-exhaust", "rfc3022.basic-no-port"},
	},
	{
		name:   "who had an address goes on with it",
		breaks: []string{"rfc2663.unbinding"}, beside: []string{"rfc3022.basic-exhaust", "rfc3022.basic-dynamic"},
	},
	{
		name:   "a port that another host has is changed",
		breaks: []string{"rfc3022.basic-no-port"}, beside: []string{"rfc3022.basic-dynamic", "rfc2663.unbinding"},
	},
	{
		name:   "each protocol gives addresses by itself",
		breaks: []string{"rfc3022.basic-dynamic"}, beside: []string{"rfc3022.basic-exhaust", "rfc3022.basic-no-port"},
	},
}

// freeBasic is an endpoint at the host's own address, with its own port: of Basic NAT,
// RFC 3022, Section 2.1. There is none where every address is another host's.
func (n *smallNAT) freeBasic(key session, peer netip.AddrPort) endpoint {
	port, pool := key.inside.Port(), slices.Clone(n.external)
	if last := len(pool) - 1; n.switchover && !n.mistakes["no address is shared"] {
		if n.holds(pool[last], key) || n.allHeld(pool[:last], key) {
			return n.freeOf(pool[last], key, peer)
		}
		pool = pool[:last]
	}
	if n.apart(key.proto, protoUDP) {
		slices.Reverse(pool)
	}
	for _, addr := range pool {
		if n.holds(addr, key) {
			return endpoint{key.proto, netip.AddrPortFrom(addr, n.basicPort(key))}
		}
	}
	for _, addr := range pool {
		if !n.isHeld(addr, key) {
			n.past.had[key.inside.Addr()] = addr
			return endpoint{key.proto, netip.AddrPortFrom(addr, n.basicPort(key))}
		}
	}
	if n.mistakes["an address is two hosts'"] {
		return endpoint{key.proto, netip.AddrPortFrom(n.external[0], port)}
	}
	if addr, ok := n.past.had[key.inside.Addr()]; ok && n.mistakes["who had an address goes on with it"] {
		return endpoint{key.proto, netip.AddrPortFrom(addr, port)}
	}
	return endpoint{}
}

// allHeld tells that every address of a pool is another host's.
func (n *smallNAT) allHeld(pool []netip.Addr, by session) bool {
	return !slices.ContainsFunc(pool, func(addr netip.Addr) bool { return !n.isHeld(addr, by) })
}

// basicPort is the port outside: the one inside, save by mistake.
func (n *smallNAT) basicPort(key session) uint16 {
	port := key.inside.Port()
	for other := range n.byInside {
		if other.proto == key.proto && other.inside.Port() == port && other.inside != key.inside &&
			n.mistakes["a port that another host has is changed"] {
			return port ^ 1
		}
	}
	return port
}

// holds tells that a host has an address, and isHeld that another one has.
func (n *smallNAT) holds(addr netip.Addr, by session) bool {
	for key, b := range n.byInside {
		own := key.inside.Addr() == by.inside.Addr() && b.outside.at.Addr() == addr
		if own && n.alive(b) && !n.apart(key.proto, by.proto) {
			return true
		}
	}
	return false
}

// apart tells that two protocols have nothing to do with each other, by mistake.
func (n *smallNAT) apart(one, other byte) bool {
	ofQueries := (one == protoICMP) != (other == protoICMP)
	return one != other && n.mistakes["each protocol gives addresses by itself"] ||
		ofQueries && n.mistakes["queries are given addresses by themselves"]
}

func (n *smallNAT) isHeld(addr netip.Addr, by session) bool {
	first := map[netip.Addr]*binding{}
	for key, b := range n.byInside {
		if host := key.inside.Addr(); b.outside.at.Addr() == addr {
			if first[host] == nil || b.made.Before(first[host].made) {
				first[host] = b
			}
		}
	}
	for key, b := range n.byInside {
		host := key.inside.Addr()
		if b.outside.at.Addr() != addr || host == by.inside.Addr() || n.apart(key.proto, by.proto) {
			continue
		}
		lives := n.alive(b) || n.mistakes["an address is not given back"]
		if n.mistakes["an address is taken from who still uses it"] {
			lives = n.alive(first[host])
		}
		if lives {
			return true
		}
	}
	return false
}
