package path

import (
	"net/netip"
	"slices"
)

// Farthest is how far away a NAT is looked for: carriers have theirs at the edge
// of their networks, a few hops behind the line.
const Farthest = 8

// A Hop is the outcome of a packet with that time to live.
type Hop struct {
	// Exceeded is the router that the packet expired at; the zero Addr if no router
	// said so.
	Exceeded netip.Addr
	// Reached says that the destination itself has answered.
	Reached bool
}

// A Trace is the outcome of packets to two destinations, by time to live from 1.
// To Own is to the address that servers see this host by, which the outermost
// NAT owns: an answer in that address's name comes from the owner, or from
// behind it, so the owner is no farther away than that packet could get. To
// Server is the control, which shows that packets do end when their time to live
// does.
//
// Nothing else is proof. The silence of the owner is that of a router which polices
// its ICMP errors, or of a filter before it. A router that lets a packet to Own
// expire may own the address too, and have forwarded the port to a host inside.
// A NAT translates the packet that an ICMP error quotes back (RFC 5508,
// REQ-4), so the errors do not show where it was translated.
type Trace struct {
	Server, Own [Farthest]Hop
	Sent        int    // packets
	Reason      string // why there is no trace
}

// Within returns how many hops away the owner of the address is at most, 0 if
// that is not determined. Some firewalls do not count as a hop, and NATs that are
// programs send new packets: the first router has to have shown that packets end
// there, and some router that they end where the owner answered, or farther on.
func (t Trace) Within(router netip.Addr) int {
	if !router.IsValid() || t.Server[0].Exceeded != router {
		return 0
	}
	for i := range t.Own {
		if t.Own[i].Reached && slices.ContainsFunc(t.Server[i:], Hop.ended) {
			return i + 1
		}
	}
	return 0
}

func (h Hop) ended() bool { return h.Exceeded.IsValid() }
