package topology

import (
	"net/netip"
	"slices"
)

// A PortConfig says what a port answers for and where it sends. Its zero value
// is a port that answers for nothing and reaches nothing.
type PortConfig struct {
	// Addrs are attached from the start; Port.Attach adds further ones.
	Addrs []netip.Addr
	// OnLink lists the destinations that are reached directly.
	OnLink []netip.Prefix
	// Gateways are the next hops for all other destinations: of those of a destination's
	// family the first that is on the source's link, or else the first. Where there is
	// none, a packet is an error.
	Gateways []netip.Addr
}

// nextHop returns the neighbour that a packet from src to dst is handed to.
func (c PortConfig) nextHop(src, dst netip.Addr) (netip.Addr, bool) {
	for _, prefix := range c.OnLink {
		if prefix.Contains(dst) {
			return dst, true
		}
	}
	var first netip.Addr
	for _, gateway := range c.Gateways {
		if !gateway.IsValid() || gateway.Is4() != dst.Is4() {
			continue
		}
		if c.sameLink(src, gateway) {
			return gateway, true
		}
		if !first.IsValid() {
			first = gateway
		}
	}
	return first, first.IsValid()
}

// sameLink reports whether two addresses are of one subnet.
func (c PortConfig) sameLink(a, b netip.Addr) bool {
	return slices.ContainsFunc(c.OnLink, func(p netip.Prefix) bool { return p.Contains(a) && p.Contains(b) })
}
