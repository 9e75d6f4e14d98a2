package refnat

import (
	"net/netip"
	"time"
)

// links are what is known of the two inside links.
type links struct {
	// now is whether the packet at hand has come by the second one.
	now bool
	// hosts are those whose last packet has.
	hosts map[netip.Addr]bool
}

func newLinks() links { return links{hosts: map[netip.Addr]bool{}} }

// OutboundBySecond is Outbound for a packet that arrived on the second inside link. What
// leaves for a host is for the side, and the link that leads there is the caller's matter.
func (t *Table) OutboundBySecond(data []byte, now time.Time) []Packet {
	t.second.now = true
	defer func() { t.second.now = false }()
	return t.Outbound(data, now)
}

// arrives notes which link a packet of a host has come by.
func (l *links) arrives(x netip.Addr) {
	switch {
	case l.now:
		l.hosts[x] = true
	case l.hosts[x]:
		delete(l.hosts, x)
	}
}

// behindSecond reports whether a host is behind the second inside link, and an address was
// chosen for that.
func (t *Table) behindSecond(x netip.Addr) bool { return t.cfg.Second.IsValid() && t.second.hosts[x] }
