package stun

import "net/netip"

// sourceOf is the owner of an address: the address itself in IPv4, its first 64
// bits in IPv6, since a host has all of the rest to itself.
func sourceOf(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a
	}
	b := a.As16()
	clear(b[8:])
	return netip.AddrFrom16(b)
}

// siteOf is the first 48 bits of an IPv6 address: a provider gives one customer
// no larger network, and it may hold 65,536 sources. In IPv4 it is the zero
// Addr. The last bit, which no source has set, tells a site from its first
// source.
func siteOf(a netip.Addr) netip.Addr {
	if a.Is4() || a.Is4In6() {
		return netip.Addr{}
	}
	b := a.As16()
	clear(b[6:])
	b[15] = 1
	return netip.AddrFrom16(b)
}

// tcpOf is TCP in the family of an address.
func tcpOf(a netip.Addr) network {
	if a.Is4() {
		return tcp4
	}
	return tcp6
}
