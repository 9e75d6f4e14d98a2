package probe

import "net/netip"

// ReadHop tells what the control messages of an ICMP error say.
func ReadHop(oob []byte, to netip.Addr) (Hop, bool) { return readHop(oob, to) }

// Exceeded and Reached are what a hop is.
func (h Hop) Exceeded() netip.Addr { return h.exceeded }
func (h Hop) Reached() bool        { return h.reached }
