package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A Family is an IP version. Its zero value is IPv4.
type Family int

// The IP versions, and IPv4 twice more: with an inside that is numbered otherwise, and with
// a subnet that both sides of the NAT have, where Setup says so of both.
const (
	IPv4 Family = iota
	IPv6
	OtherIPv4
	Overlapping
)

// familyOf is the version that an address is of.
func familyOf(addr netip.Addr) Family {
	if addr.Is6() {
		return IPv6
	}
	return IPv4
}

// A dual is an address of each family.
type dual [2]netip.Addr

func both(v4, v6 string) dual { return dual{netip.MustParseAddr(v4), netip.MustParseAddr(v6)} }

// The address plan of every lab. In IPv4, the inside is the private subnet and
// host of the usual textbook example, and the outside is TEST-NET-3 (RFC 5737). In
// IPv6, they are unique local (RFC 4193) and for documentation (RFC 3849).
var (
	insidePrefixes = [2]netip.Prefix{
		netip.MustParsePrefix("192.168.0.0/24"), netip.MustParsePrefix("fd00:c0a8::/64"),
	}
	outsidePrefixes = [2]netip.Prefix{
		netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8:113::/64"),
	}
	natInside = both("192.168.0.1", "fd00:c0a8::1")
	// otherInside and otherGateway are the inside's in OtherIPv4. Its hosts keep the last
	// numbers of their addresses, and the outside has no part in it.
	otherInside  = netip.MustParsePrefix("10.20.30.0/24")
	otherGateway = netip.MustParseAddr("10.20.30.1")
	// overlap is the subnet of both sides in Overlapping, overlapGateway the NAT's address
	// inside, and overlapExternal the one outside. Of the outside hosts only R is in it, the
	// NAT's next hop to all others, and has the number of Ri.
	overlap         = netip.MustParsePrefix("192.168.100.0/24")
	overlapGateway  = netip.MustParseAddr("192.168.100.1")
	overlapExternal = netip.MustParseAddr("192.168.100.10")
	// external are the addresses that the NAT may own, of which the first is
	// its outside interface's.
	external = []dual{
		both("203.0.113.10", "2001:db8:113::10"),
		both("203.0.113.11", "2001:db8:113::11"),
		both("203.0.113.12", "2001:db8:113::12"),
	}
)

// A place is where a host stands: its addresses, its side of the NAT, and the
// node that carries it. R shares a node with Y2, and Ri with X3; nothing is ever told
// apart by the node.
type place struct {
	name   string
	addrs  dual
	node   string
	inside bool
}

// places are the hosts of a lab, named by the letters of RFC 4787: X's inside,
// Y's outside. R is a router on the outside that no inside host ever addresses,
// and Ri one on the inside.
var places = []place{
	{"X", both("192.168.0.5", "fd00:c0a8::5"), "X", true},
	{"X2", both("192.168.0.6", "fd00:c0a8::6"), "X2", true},
	{"X3", both("192.168.0.7", "fd00:c0a8::7"), "X3", true},
	{"Ri", both("192.168.0.254", "fd00:c0a8::fe"), "X3", true},
	{"Y1", both("203.0.113.101", "2001:db8:113::101"), "Y1", false},
	{"Y2", both("203.0.113.102", "2001:db8:113::102"), "Y2", false},
	{"Y3", both("203.0.113.103", "2001:db8:113::103"), "Y2", false},
	{"Y4", both("203.0.113.104", "2001:db8:113::104"), "Y2", false},
	{"R", both("203.0.113.254", "2001:db8:113::fe"), "Y2", false},
}

// nodes are the nodes that carry the places, each once.
func nodes() []place {
	var first []place
	for _, p := range places {
		if p.name == p.node {
			first = append(first, p)
		}
	}
	return first
}

func placeNamed(name string) (place, bool) {
	for _, p := range places {
		if p.name == name {
			return p, true
		}
	}
	return place{}, false
}

// named is placeNamed for a name that is the plan's own.
func named(name string) place {
	p, ok := placeNamed(name)
	if !ok {
		panic("lab: no host " + name)
	}
	return p
}

// placeAt returns the host of an address; of one that two have, the inside one.
func placeAt(addr netip.Addr) (place, bool) {
	if p, ok := placeOn(true, addr); ok {
		return p, true
	}
	return placeOn(false, addr)
}

// placeOn returns the host of an address on one side.
func placeOn(inside bool, addr netip.Addr) (place, bool) {
	for _, p := range places {
		if p.inside == inside && slices.Contains(p.every(), addr) {
			return p, true
		}
	}
	return place{}, false
}

// every returns all addresses that a place has in some lab.
func (p place) every() []netip.Addr {
	return append(p.addrs[:], p.addr(OtherIPv4), p.addr(Overlapping))
}

// owned reports whether an address is the NAT's own.
func owned(addr netip.Addr) bool {
	family := familyOf(addr)
	for _, e := range external {
		if e[family] == addr {
			return true
		}
	}
	return slices.Contains([]netip.Addr{natInside[family], otherGateway, overlapGateway, overlapExternal}, addr)
}

// addr is the address that a place has in a lab of a family.
func (p place) addr(family Family) netip.Addr {
	number := otherInside.Addr().As4()
	switch {
	case family == Overlapping && (p.inside || p.name == "R"):
		number = overlap.Addr().As4()
	case family != OtherIPv4 && family != Overlapping:
		return p.addrs[family]
	case !p.inside:
		return p.addrs[IPv4]
	}
	number[3] = p.addrs[IPv4].As4()[3]
	return netip.AddrFrom4(number)
}

// insideOf is the NAT's own address on the inside, with the subnet's length.
func insideOf(family Family) netip.Prefix {
	switch family {
	case OtherIPv4:
		return netip.PrefixFrom(otherGateway, otherInside.Bits())
	case Overlapping:
		return netip.PrefixFrom(overlapGateway, overlap.Bits())
	}
	return netip.PrefixFrom(natInside[family], insidePrefixes[family].Bits())
}

// outsideOf is the NAT's own address on the outside, with the subnet's length, and
// beyondOf the next hop to what lies beyond that, if any does.
func outsideOf(family Family) netip.Prefix {
	if family == Overlapping {
		return netip.PrefixFrom(overlapExternal, overlap.Bits())
	}
	return netip.PrefixFrom(external[0][family], outsidePrefixes[family].Bits())
}

func beyondOf(family Family) []netip.Addr {
	if family == Overlapping {
		return []netip.Addr{named("R").addr(family)}
	}
	return nil
}

// isInside reports whether an address is one of the inside and of nothing else, in any lab.
func isInside(addr netip.Addr) bool {
	return insidePrefixes[familyOf(addr)].Contains(addr) || otherInside.Contains(addr)
}

// endpointAt reads "Y1:7".
func endpointAt(text string) (place, uint16, error) {
	name, port, ok := strings.Cut(text, ":")
	if !ok {
		return place{}, 0, fmt.Errorf("endpoint %q: want HOST:PORT, such as X:40000", text)
	}
	p, ok := placeNamed(name)
	if !ok {
		return place{}, 0, fmt.Errorf("endpoint %q: there is no host %q", text, name)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return place{}, 0, fmt.Errorf("endpoint %q: port: %w", text, err)
	}
	return p, uint16(number), nil
}

// Addr returns the IPv4 address of the host of that name, such as "X" or "Y1".
func Addr(name string) netip.Addr { return named(name).addrs[IPv4] }

// OtherAddr returns the address of a host where the inside is OtherIPv4.
func OtherAddr(name string) netip.Addr { return named(name).addr(OtherIPv4) }

// OverlapAddr returns the address of a host where both sides are Overlapping.
func OverlapAddr(name string) netip.Addr { return named(name).addr(Overlapping) }

// OverlapExternal returns the NAT's outside address where both sides are Overlapping.
func OverlapExternal() netip.Addr { return overlapExternal }

// Pool returns the external IPv4 addresses that a policy's pool may use.
func Pool() []netip.Addr {
	var pool []netip.Addr
	for _, e := range external {
		pool = append(pool, e[IPv4])
	}
	return pool
}

// nameOf names an address by the plan's letters where it is a host's.
func nameOf(addr netip.AddrPort) string {
	name := addr.Addr().String()
	if p, ok := placeAt(addr.Addr()); ok {
		name = p.name
	}
	switch {
	case addr.Port() == 0:
		return name
	case strings.Contains(name, ":"):
		return addr.String()
	}
	return fmt.Sprintf("%s:%d", name, addr.Port())
}

// Gateway returns the NAT's own address on the inside.
func (l *Lab) Gateway() netip.Addr { return insideOf(l.setup.Inside).Addr() }
