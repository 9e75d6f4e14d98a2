package topology

import "net/netip"

// A PortConfig says what a port answers for and where it sends. Its zero value
// is a port that answers for nothing and reaches nothing.
type PortConfig struct {
	// Addrs are attached from the start; Port.Attach adds further ones.
	Addrs []netip.Addr
	// OnLink lists the destinations that are reached directly.
	OnLink []netip.Prefix
	// Gateways are the next hops for all other destinations: the first of a
	// destination's family is used. Where it is absent, a packet is an error.
	Gateways []netip.Addr
}

// nextHop returns the neighbour that a packet for dst is handed to.
func (c PortConfig) nextHop(dst netip.Addr) (netip.Addr, bool) {
	for _, prefix := range c.OnLink {
		if prefix.Contains(dst) {
			return dst, true
		}
	}
	for _, gateway := range c.Gateways {
		if gateway.IsValid() && gateway.Is4() == dst.Is4() {
			return gateway, true
		}
	}
	return netip.Addr{}, false
}
