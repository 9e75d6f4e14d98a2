package probe

import (
	"cmp"
	"fmt"
	"net/netip"

	"github.com/natproof/natproof/probe/path"
	"github.com/natproof/natproof/probe/router"
)

// NATs is how many NATs are in a row between this host and the Internet, over
// IPv4 and as far as that can be told from this end.
type NATs struct {
	// Count is how many there are; nil, and null in JSON, if it is not determined.
	Count *int `json:"count"`
	// AtLeast is the lower bound.
	AtLeast int `json:"at_least"`
	// AtMost is the upper bound; 0 if there is none.
	AtMost int `json:"at_most,omitempty"`
	// Carrier says whether one of them is a carrier's (RFC 6888).
	Carrier Tristate `json:"carrier"`
	// Outermost is how many hops away the NAT is whose address the Internet
	// sees; 0 if it is not determined.
	Outermost int `json:"outermost_hop,omitempty"`
	// Reason says what the values above rest on, or why there are none.
	Reason string `json:"reason"`
	Sent   int    `json:"packets_sent"` // how many packets were sent for it

	// least, most and carrier are what the bounds and Carrier rest on.
	least, most, carrier string
}

// sharedSpace is the address space between carriers' NATs and their customers'
// (RFC 6598), which holds nothing else.
func sharedSpace() netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64, 0, 0}), 10)
}

// sharedOn returns a router with a shared address that passes on packets to own. A
// router that only packets to the server meet may be outside of all NATs: some
// carriers number their routers so, and translate nothing. It must be behind a
// first router that shows itself, where private addresses end; clouds have
// shared addresses inside, and routers that hide.
func sharedOn(t path.Trace, router netip.Addr) (netip.Addr, bool) {
	if !router.IsValid() || t.Own[0].Exceeded != router {
		return netip.Addr{}, false
	}
	for _, h := range t.Own[1:] {
		if sharedSpace().Contains(h.Exceeded) {
			return h.Exceeded, true
		}
	}
	return netip.Addr{}, false
}

// traced returns the trace of the way to the server, empty if there is none.
func (r *Result) traced() path.Trace {
	if r == nil {
		return path.Trace{}
	}
	return r.path
}

// countNATs puts together what the server, the router and the path tell.
func countNATs(udp *Result, g *Gateway, t path.Trace) *NATs {
	n := &NATs{Sent: t.Sent}
	switch {
	case udp != nil && udp.Near != "":
		n.Reason = udp.Near
		return n
	case udp == nil || udp.NAT == Unknown:
		n.Reason = "no server has told how it sees this host"
		return n
	case udp.NAT == No:
		n.Carrier, n.least, n.carrier = No, sureAnswers, sureAnswers
		n.Reason = "servers see this host's own address"
		return n.exactly(0)
	}
	n.AtLeast, n.least = 1, sureAnswers
	if !udp.Mapped.IsValid() {
		n.Reason = overTCP
		return n
	}
	onShared := sharedSpace().Contains(udp.Local.Addr())
	if onShared {
		n.Carrier, n.carrier = Yes, restsOnShared
	}
	if continuity().Contains(udp.Local.Addr()) {
		n.Carrier, n.carrier = Yes, restsOnContinuity
	}
	seen := *n
	if a, ok := sharedOn(t, g.Router); ok && !onShared {
		n.second(fmt.Sprintf("packets to the address that servers see go on to %v, "+
			"which is in the address space between carriers' NATs and their customers'", a), restsOnShared)
		n.Carrier, n.carrier = Yes, restsOnShared
	}
	n.hear(g, udp.Mapped.Addr())
	n.follow(t, g.Router)
	if n.AtLeast > n.AtMost && n.AtMost > 0 {
		seen.Reason = "the router's word and the path contradict each other: " + n.Reason
		return &seen
	}
	if n.AtLeast == n.AtMost {
		n.exactly(n.AtLeast)
		n.Outermost = n.AtLeast
	}
	// Carriers' NATs speak neither of these.
	if n.AtMost == 1 && n.Carrier == Unknown && (g.UPnP == Yes || g.NATPMP == Yes) {
		n.Carrier, n.carrier = No, "the only NAT is the local router, which speaks a protocol of home routers"
	}
	return n
}

// overTCP is where a NAT was seen that answers over UDP do not show.
const overTCP = "seen over TCP alone"

const restsOnShared = "100.64.0.0/10 is set aside for carriers (RFC 6598), " +
	"but overlay networks, clouds and companies use it as well"

const restsOnContinuity = "192.0.0.0/29 is set aside for IPv4 over IPv6 to a provider's NAT (RFC 7335)"

// hear takes the router's word on its outside address. A public address that
// differs from the one servers see proves nothing: routers have several lines,
// addresses and tunnels.
func (n *NATs) hear(g *Gateway, mapped netip.Addr) {
	told, why := g.External, ""
	switch {
	case !g.Router.IsValid() && !told.IsValid():
		why = cmp.Or(g.Reason, router.ErrNone.Error())
	case !told.IsValid():
		why = "the router does not tell its outside address"
	case told == mapped && g.How == "PCP" && n.AtLeast == 1:
		// A PCP proxy gives what the NAT behind it says (RFC 7648).
		why = "the router gives the address that servers see, which may be that of a NAT behind it"
	case told == mapped && n.AtLeast == 1:
		n.AtMost, n.most = 1, "the router's own word"
		why = "the router's outside address is the one that servers see"
	case told == mapped:
		n.Reason += ", though the router says that it is its own"
	case fromInside(told) && !fromInside(mapped):
		n.second(fmt.Sprintf("the router's outside address is %v, but servers see %v", told, mapped),
			"the router's own word")
		if sharedSpace().Contains(told) {
			n.Carrier, n.carrier = Yes, restsOnShared
		}
		if continuity().Contains(told) {
			n.Carrier, n.carrier = Yes, restsOnContinuity
		}
	default:
		why = fmt.Sprintf("the router's outside address is %v, but servers see %v: "+
			"it may have several, or there is another NAT", told, mapped)
	}
	n.Reason = cmp.Or(n.Reason, why)
}

// second notes that there are two NATs at least.
func (n *NATs) second(reason, rests string) {
	n.AtLeast, n.least, n.Reason = 2, rests, reason
}

// follow bounds the count by the path: there are no more NATs than hops to the
// outermost.
func (n *NATs) follow(t path.Trace, router netip.Addr) {
	hops := t.Within(router)
	switch {
	case hops > 0 && (n.AtMost == 0 || hops < n.AtMost):
		why := fmt.Sprintf("the owner of the address that servers see is no more than %d hops away", hops)
		n.AtMost, n.most = hops, "that owner has answered, and every NAT is taken to count as a hop"
		if hops == 1 {
			why, n.most = "the first router owns the address that servers see", "it has answered for that address"
		}
		n.Reason += "; " + why
	case hops == 0 && n.AtMost == 0:
		n.Reason += ", and " + cmp.Or(t.Reason, "the routers on the way do not tell who owns the one that "+
			"servers see, as many tell only so much in a time")
	}
}

func (n *NATs) exactly(count int) *NATs {
	n.Count, n.AtLeast, n.AtMost = &count, count, count
	return n
}

// sure says what the bounds rest on.
func (n *NATs) sure() string {
	switch {
	case n.AtLeast == 0 && n.Count == nil:
		return ""
	case n.least == "":
		return "as sure as the words of the routers and servers"
	case n.AtMost == 0 && n.Count != nil:
		return n.least
	case n.most != "":
		return fmt.Sprintf("no less than %d: %s; no more than %d: %s", n.AtLeast, n.least, n.AtMost, n.most)
	}
	return fmt.Sprintf("no less than %d: %s", n.AtLeast, n.least)
}
