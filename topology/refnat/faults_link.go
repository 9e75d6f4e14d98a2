package refnat

import "net/netip"

// LinkFaults are in what a link alone shows. Whoever puts the table on one asks for them.
type LinkFaults struct {
	// ARPUnanswered answers ARP for no address but the outside interface's own. Breaks RFC
	// 3022, Section 6.2.
	ARPUnanswered bool `breaks:"rfc3022.proxy-arp"`
	// ARPOfFirstOnly answers ARP for the first of a pool's addresses, and for no other but
	// the outside interface's own. Breaks RFC 3022, Section 6.2.
	ARPOfFirstOnly bool `breaks:"rfc3022.proxy-arp"`
}

// Answered are those of the addresses that ARP is to be answered for.
func (f LinkFaults) Answered(addrs []netip.Addr) []netip.Addr {
	switch {
	case f.ARPUnanswered:
		return nil
	case f.ARPOfFirstOnly:
		return addrs[:min(1, len(addrs))]
	}
	return addrs
}
