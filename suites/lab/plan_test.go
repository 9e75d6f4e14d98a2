package lab

import (
	"net/netip"
	"testing"
)

func TestEndpointAt(t *testing.T) {
	if p, port, err := endpointAt("Y2:7"); err != nil || p.name != "Y2" || port != 7 {
		t.Errorf("Y2:7 is %v, %d, %v", p, port, err)
	}
	for _, bad := range []string{"", "X", "Z:7", "X:x", "X:70000", "X:-1"} {
		if _, _, err := endpointAt(bad); err == nil {
			t.Errorf("endpoint %q is taken", bad)
		}
	}
}

// Every host has an address of each family, on its side, that nobody else has.
func TestPlan(t *testing.T) {
	seen := map[netip.Addr]string{}
	take := func(name string, addrs dual, prefixes [2]netip.Prefix) {
		t.Helper()
		for family, addr := range addrs {
			if other, ok := seen[addr]; ok {
				t.Errorf("%s and %s are both %s", name, other, addr)
			}
			seen[addr] = name
			if !prefixes[family].Contains(addr) || familyOf(addr) != Family(family) {
				t.Errorf("%s: %s is not in %s", name, addr, prefixes[family])
			}
		}
	}
	for _, p := range places {
		prefixes := outsidePrefixes
		if p.inside {
			prefixes = insidePrefixes
		}
		take(p.name, p.addrs, prefixes)
		for _, addr := range p.addrs {
			if at, ok := placeAt(addr); !ok || at.name != p.name || owned(addr) {
				t.Errorf("%s is the address of %q", addr, at.name)
			}
		}
	}
	take("the NAT", natInside, insidePrefixes)
	for _, e := range external {
		take("the NAT", e, outsidePrefixes)
	}
	if !owned(natInside[IPv6]) || !owned(external[2][IPv4]) {
		t.Error("the NAT does not own its addresses")
	}
}

// The inside by the other plan has addresses that nobody has otherwise, and the outside is
// the same.
func TestOtherPlan(t *testing.T) {
	for _, p := range places {
		addr := p.addr(OtherIPv4)
		if at, ok := placeAt(addr); !ok || at.name != p.name {
			t.Errorf("%s is the address of %q, want %s", addr, at.name, p.name)
		}
		if (addr != p.addr(IPv4)) != p.inside || isInside(addr) != p.inside || otherInside.Contains(addr) != p.inside {
			t.Errorf("%s has the address %s", p.name, addr)
		}
	}
	if !owned(otherGateway) || insideOf(OtherIPv4).Addr() != otherGateway || !otherInside.Contains(otherGateway) {
		t.Errorf("the NAT's own address is %s", insideOf(OtherIPv4))
	}
	if site := (Setup{Inside: OtherIPv4}).site(); site.Hosts[0] != OtherAddr("X") {
		t.Errorf("X is told to be %s", site.Hosts[0])
	}
}

// Where both sides overlap, R alone of the outside is in the subnet, with the number of Ri,
// and nobody has the NAT's.
func TestOverlappingPlan(t *testing.T) {
	for _, p := range places {
		addr := p.addr(Overlapping)
		if at, ok := placeOn(p.inside, addr); !ok || at.name != p.name || owned(addr) {
			t.Errorf("%s is the address of %q, want %s", addr, at.name, p.name)
		}
		if overlap.Contains(addr) != (p.inside || p.name == "R") {
			t.Errorf("%s has the address %s", p.name, addr)
		}
	}
	if OverlapAddr("R") != OverlapAddr("Ri") {
		t.Errorf("R is %s and Ri %s", OverlapAddr("R"), OverlapAddr("Ri"))
	}
	site := (Setup{Inside: Overlapping, Outside: Overlapping}).site()
	inside, outside := site.Inside.Prefix(false), site.Outside.Prefix(false)
	if inside.Masked() != outside.Masked() || !owned(inside.Addr()) || !owned(outside.Addr()) {
		t.Errorf("the NAT is %s and %s", inside, outside)
	}
	if site.Outside.Gateway(false) != OverlapAddr("R") {
		t.Errorf("the next hop is %s", site.Outside.Gateway(false))
	}
}

func TestNameOf(t *testing.T) {
	for addr, want := range map[string]string{
		"192.168.0.5:5000": "X:5000", "[fd00:c0a8::5]:5000": "X:5000", "203.0.113.10:80": "203.0.113.10:80",
		"[2001:db8:113::10]:80": "[2001:db8:113::10]:80", "203.0.113.101:0": "Y1", "203.0.113.10:0": "203.0.113.10",
	} {
		if got := nameOf(netip.MustParseAddrPort(addr)); got != want {
			t.Errorf("%s is %q, want %q", addr, got, want)
		}
	}
}
