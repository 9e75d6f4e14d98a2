package stun

import "net/netip"

// A scope is how far an address means the same host. The servers of a pair stand
// in different places: a client's address that one of them sees can be another
// host to the other, or the other itself.
type scope uint8

const (
	nowhere scope = iota // no host at all, or all of them
	thisHost
	thisLink
	privateNetwork
	sharedNetwork // between a provider's NAT and its customers (RFC 6598)
	everywhere
)

// scopes are those of the IANA special-purpose address registries (RFC 6890) that
// matter here. A server with an address for documentation is in a lab, where
// private addresses may well be routed.
var scopes = []struct {
	prefix netip.Prefix
	scope  scope
}{
	{netip.MustParsePrefix("0.0.0.0/8"), nowhere},
	{netip.MustParsePrefix("10.0.0.0/8"), privateNetwork},
	{netip.MustParsePrefix("100.64.0.0/10"), sharedNetwork},
	{netip.MustParsePrefix("127.0.0.0/8"), thisHost},
	{netip.MustParsePrefix("169.254.0.0/16"), thisLink},
	{netip.MustParsePrefix("172.16.0.0/12"), privateNetwork},
	{netip.MustParsePrefix("192.0.0.0/24"), privateNetwork},
	{netip.MustParsePrefix("192.0.2.0/24"), privateNetwork},
	{netip.MustParsePrefix("192.168.0.0/16"), privateNetwork},
	{netip.MustParsePrefix("198.18.0.0/15"), privateNetwork},
	{netip.MustParsePrefix("198.51.100.0/24"), privateNetwork},
	{netip.MustParsePrefix("203.0.113.0/24"), privateNetwork},
	{netip.MustParsePrefix("224.0.0.0/3"), nowhere}, // multicast, reserved and broadcast
	{netip.MustParsePrefix("::/128"), nowhere},
	{netip.MustParsePrefix("::1/128"), thisHost},
	// An IPv4 address behind a translator, which each network has its own of.
	{netip.MustParsePrefix("64:ff9b::/96"), privateNetwork},
	{netip.MustParsePrefix("64:ff9b:1::/48"), privateNetwork},
	{netip.MustParsePrefix("2001:db8::/32"), privateNetwork},
	{netip.MustParsePrefix("fc00::/7"), privateNetwork},
	{netip.MustParsePrefix("fe80::/10"), thisLink},
	{netip.MustParsePrefix("fec0::/10"), privateNetwork},
	{netip.MustParsePrefix("ff00::/8"), nowhere},
}

func scopeOf(a netip.Addr) scope {
	a = a.WithZone("") // no prefix contains one
	for _, s := range scopes {
		if s.prefix.Contains(a) {
			return s.scope
		}
	}
	return everywhere
}

// sharedBy reports whether the address of a client, as the one server of a pair
// saw it, is that client to the other server as well. An address of limited
// scope counts as the same host only where both servers are themselves known by
// such an address: in a lab, or within one network. The other server is no
// client, unless all three are one host.
func sharedBy(client, saw, other netip.Addr) bool {
	switch s := scopeOf(client); s {
	case nowhere:
		return false
	case everywhere:
		return client != other
	default:
		return scopeOf(saw) == s && scopeOf(other) == s && (client != other || s == thisHost)
	}
}
