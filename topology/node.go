package topology

import "net/netip"

// A PortConfig says what a port answers for and where it sends. Its zero value
// is a port that answers for nothing and reaches nothing.
type PortConfig struct {
	// Addrs are attached from the start; Port.Attach adds further ones.
	Addrs []netip.Addr
	// OnLink lists the destinations that are reached directly.
	OnLink []netip.Prefix
	// Gateway is the next hop for all other destinations; zero means that
	// there is none, and a packet for them is an error.
	Gateway netip.Addr
}

// nextHop returns the neighbour that a packet for dst is handed to.
func (c PortConfig) nextHop(dst netip.Addr) (netip.Addr, bool) {
	for _, prefix := range c.OnLink {
		if prefix.Contains(dst) {
			return dst, true
		}
	}
	return c.Gateway, c.Gateway.IsValid() && c.Gateway.Is4() == dst.Is4()
}
