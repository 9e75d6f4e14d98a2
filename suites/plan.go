package suites

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// The address plan of every lab. The inside is the private subnet and host of
// the usual textbook example, the outside is TEST-NET-3 (RFC 5737).
var (
	insidePrefix  = netip.MustParsePrefix("192.168.0.0/24")
	outsidePrefix = netip.MustParsePrefix("203.0.113.0/24")
	natInside     = netip.MustParseAddr("192.168.0.1")
	// external are the addresses that the NAT may own, of which the first is
	// its outside interface's.
	external = []netip.Addr{
		netip.MustParseAddr("203.0.113.10"),
		netip.MustParseAddr("203.0.113.11"),
		netip.MustParseAddr("203.0.113.12"),
	}
)

// A place is where a host stands: its address, its side of the NAT, and the
// node that carries it. R shares a node with Y2; nothing is ever told apart by
// the node.
type place struct {
	name   string
	addr   netip.Addr
	node   string
	inside bool
}

// places are the hosts of a lab, named by the letters of RFC 4787: X's inside,
// Y's outside. R is a router on the outside that no inside host ever addresses.
var places = []place{
	{"X", netip.MustParseAddr("192.168.0.5"), "X", true},
	{"X2", netip.MustParseAddr("192.168.0.6"), "X2", true},
	{"X3", netip.MustParseAddr("192.168.0.7"), "X3", true},
	{"Y1", netip.MustParseAddr("203.0.113.101"), "Y1", false},
	{"Y2", netip.MustParseAddr("203.0.113.102"), "Y2", false},
	{"Y3", netip.MustParseAddr("203.0.113.103"), "Y2", false},
	{"Y4", netip.MustParseAddr("203.0.113.104"), "Y2", false},
	{"R", netip.MustParseAddr("203.0.113.254"), "Y2", false},
}

func placeNamed(name string) (place, bool) {
	for _, p := range places {
		if p.name == name {
			return p, true
		}
	}
	return place{}, false
}

func placeAt(addr netip.Addr) (place, bool) {
	for _, p := range places {
		if p.addr == addr {
			return p, true
		}
	}
	return place{}, false
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

// Addr returns the address of the host of that name, such as "X" or "Y1".
func Addr(name string) netip.Addr {
	p, ok := placeNamed(name)
	if !ok {
		panic("suites: no host " + name)
	}
	return p.addr
}
