package probe

import (
	"fmt"
	"net/netip"
)

// NATs is how many NATs are in a row between this host and the Internet, over
// IPv4 and as far as that can be told from this end.
type NATs struct {
	// Count is nil if it is not determined, which AtLeast is then a bound for.
	Count   *int `json:"count"`
	AtLeast int  `json:"at_least"`
	// Carrier says whether one of them is a carrier's (RFC 6888).
	Carrier Tristate `json:"carrier"`
	// Outermost is how many hops away the NAT is whose address the Internet
	// sees; 0 if it is not determined.
	Outermost int `json:"outermost_hop,omitempty"`
	// Reason says what the above rests on, or why there is nothing.
	Reason string `json:"reason"`
	Sent   int    `json:"packets_sent"`
}

// farthest is how far away a NAT is looked for: carriers have theirs at the edge
// of their networks, a few hops behind the line.
const farthest = 8

// sharedSpace is the address space between carriers' NATs and their customers'
// (RFC 6598), in which nothing else is.
func sharedSpace() netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64, 0, 0}), 10)
}

// A hop is what a packet of that time to live led to.
type hop struct {
	// exceeded is the router that it ended at, zero if no router said so.
	exceeded netip.Addr
	// reached says that the destination itself has answered.
	reached bool
}

// A trace is what became of packets to two destinations, by time to live from 1.
// To own is to the address that servers see this host by: the router that owns
// it takes such a packet for itself, whatever its time to live, and so is where
// the outermost translation happens. What comes back from the routers between
// cannot show it: a NAT translates the packet that an ICMP error quotes back as
// well (RFC 5508, REQ-4). To server is the control, which shows who answers.
type trace struct {
	server, own [farthest]hop
	sent        int
	reason      string // why there is no trace
}

// outermost returns how many hops away the owner of the address is, 0 if that is
// not determined.
func (t trace) outermost() int {
	last := 0
	for i := range t.own {
		switch {
		case t.own[i].reached:
			// It has answered with this time to live, and with none shorter.
			if last == i {
				return i + 1
			}
			return 0
		case t.own[i].exceeded.IsValid():
			last = i + 1
		}
	}
	// Silence counts only where the router speaks of other packets' ends.
	if last < farthest && t.server[last].exceeded.IsValid() {
		return last + 1
	}
	return 0
}

// shared returns the first router before the outermost NAT's inside, that one
// included, which has a shared address.
func (t trace) shared() (netip.Addr, bool) {
	for i := range min(t.outermost(), farthest) {
		if a := t.server[i].exceeded; sharedSpace().Contains(a) {
			return a, true
		}
	}
	return netip.Addr{}, false
}

// traced returns the trace of the way to the server; there may be none.
func (r *Result) traced() trace {
	if r == nil {
		return trace{}
	}
	return r.path
}

// countNATs puts together what the server, the router and the path tell.
func countNATs(udp *Result, g *Gateway, t trace) *NATs {
	n := &NATs{Sent: t.sent}
	switch {
	case udp == nil || udp.NAT == Unknown:
		n.Reason = "no server has told how it sees this host"
		return n
	case udp.NAT == No:
		return n.exactly(0, No, "servers see this host's own address")
	}
	n.AtLeast, n.Outermost = 1, t.outermost()
	outside := g.External
	carrier := Unknown
	if sharedSpace().Contains(udp.Local.Addr()) {
		carrier = Yes
	}
	if a, ok := t.shared(); ok {
		carrier = Yes
		n.Reason = fmt.Sprintf("%v on the way is in the address space that only carriers' NATs have inside", a)
	}
	// A host with a shared address is behind the carrier's NAT itself; any
	// other has a NAT of its own before it.
	if carrier == Yes && !sharedSpace().Contains(udp.Local.Addr()) {
		n.AtLeast = 2
	}
	if outside.IsValid() && outside != udp.Mapped.Addr() {
		n.AtLeast = 2
		n.Reason = fmt.Sprintf("the router's outside address is %v, but servers see %v", outside, udp.Mapped.Addr())
		if sharedSpace().Contains(outside) {
			carrier = Yes
		}
	}
	return n.conclude(outside == udp.Mapped.Addr(), carrier, t)
}

// conclude decides where the bounds meet: there are no more NATs than hops to
// the outermost.
func (n *NATs) conclude(own bool, carrier Tristate, t trace) *NATs {
	switch {
	case n.Outermost == 1:
		return n.exactly(1, orNo(carrier), "the first router owns the address that servers see")
	case own:
		return n.exactly(1, orNo(carrier), "the router's outside address is the one that servers see")
	case n.Outermost == 2 && n.AtLeast == 2:
		return n.exactly(2, carrier, n.Reason+"; the router that owns the address that servers see is 2 hops away")
	}
	n.Carrier = carrier
	if n.Outermost > 1 && n.AtLeast == 1 {
		n.Reason = fmt.Sprintf("the address that servers see is owned %d hops away; whether the routers before that translate as well is not determined", n.Outermost)
	}
	if n.Reason == "" {
		n.Reason = "the router does not tell its outside address"
		if t.reason != "" {
			n.Reason += ", and " + t.reason
		} else {
			n.Reason += ", and the routers on the way do not tell who owns the one that servers see"
		}
	}
	return n
}

// orNo is for a single NAT: unless this host itself has a carrier's address, it
// is its own.
func orNo(t Tristate) Tristate {
	if t == Unknown {
		return No
	}
	return t
}

func (n *NATs) exactly(count int, carrier Tristate, reason string) *NATs {
	n.Count, n.AtLeast, n.Carrier, n.Reason = &count, count, carrier, reason
	return n
}
