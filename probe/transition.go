package probe

import "net/netip"

// continuity is the address space of the hosts and routers that carry IPv4 over IPv6 to a
// provider's NAT (RFC 7335), which holds nothing else.
func continuity() netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 0, 0}), 29)
}

// The ways in which a provider gives IPv4 without a line of IPv4, or a part of it.
const (
	dsLite = "DS-Lite: the router carries IPv4 over IPv6 to the provider's NAT (RFC 6333)"
	xlat   = "464XLAT or DS-Lite: this host carries IPv4 over IPv6 to the provider's NAT (RFC 6877, RFC 6333)"
	nat64  = "NAT64: packets of IPv6 are translated to IPv4 for servers that have nothing else (RFC 6146)"
)

// wellKnown is the prefix of IPv4 addresses in IPv6 (RFC 6052).
func wellKnown() netip.Prefix { return netip.MustParsePrefix("64:ff9b::/96") }

// within6 is an address that a server tells of itself, as it is asked: behind a NAT64 a
// server of IPv4 is asked at an address of IPv6 that ends in its own, and its others have
// the same prefix. Origin is where it says that it has answered from at server.
func within6(told, origin, server netip.AddrPort) netip.AddrPort {
	told, origin = unmap(told), unmap(origin)
	b := server.Addr().As16()
	if !server.Addr().Is6() || !told.Addr().Is4() || !wellKnown().Contains(server.Addr()) &&
		(!origin.Addr().Is4() || origin.Addr() != netip.AddrFrom4([4]byte(b[12:]))) {
		return told
	}
	own := told.Addr().As4()
	copy(b[12:], own[:])
	return netip.AddrPortFrom(netip.AddrFrom16(b), told.Port())
}

// transition names the way in which IPv4 is reached over IPv6, "" if none shows.
func (r *Report) transition() string {
	switch {
	case r.UDP4 != nil && continuity().Contains(r.UDP4.Local.Addr()):
		return xlat
	case r.Gateway != nil && continuity().Contains(r.Gateway.External):
		return dsLite
	case r.UDP6 != nil && r.UDP6.Local.Addr().Is6() && r.UDP6.Mapped.Addr().Is4():
		return nat64 // asked over IPv6, a server has seen an address of IPv4
	}
	return ""
}
