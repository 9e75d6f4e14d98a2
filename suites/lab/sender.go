package lab

import (
	"fmt"
	"net/netip"
	"slices"
)

// A sender is who must be seen as the sender of a packet. Its zero value is anybody.
type sender struct {
	addrs []netip.Addr // one of them
	port  uint16       // 0: any
}

// senderAt is who e must see as the sender: a host outside by its own address and
// port, and one inside by an address of the NAT. Between hosts inside, a
// requirement of its own judges it (RFC 4787, REQ-9a).
func (p *Packet) senderAt(e *Endpoint) sender {
	switch from := p.from; {
	case from.place.inside && e.place.inside:
		return sender{}
	case from.place.inside:
		return sender{addrs: from.lab.External}
	case from.isEcho():
		return sender{addrs: []netip.Addr{from.Addr().Addr()}}
	default:
		return sender{addrs: []netip.Addr{from.Addr().Addr()}, port: from.port}
	}
}

// belied reports whether a source is somebody else's.
func (s sender) belied(source netip.AddrPort) bool {
	return s.addrs != nil &&
		(!slices.Contains(s.addrs, source.Addr()) || s.port != 0 && s.port != source.Port())
}

func (s sender) String() string {
	if len(s.addrs) == 1 {
		return nameOf(netip.AddrPortFrom(s.addrs[0], s.port))
	}
	return fmt.Sprintf("one of %v", s.addrs)
}
