package path

import "net/netip"

// ReadHop tells what the control messages of an ICMP error say.
func ReadHop(oob []byte, to netip.Addr) (Hop, bool) { return readHop(oob, to) }
