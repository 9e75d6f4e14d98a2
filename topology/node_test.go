package topology

import (
	"net/netip"
	"testing"
)

func TestNextHop(t *testing.T) {
	addr := netip.MustParseAddr
	both := PortConfig{
		OnLink:   []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/64")},
		Gateways: []netip.Addr{{}, addr("2001:db8::ff"), addr("192.0.2.254"), addr("192.0.2.253")},
	}
	four := PortConfig{Gateways: []netip.Addr{addr("192.0.2.254")}}
	for _, test := range []struct {
		name    string
		cfg     PortConfig
		to, hop string // an empty hop: unreachable
	}{
		{"on link", both, "192.0.2.7", "192.0.2.7"},
		{"on link, IPv6", both, "2001:db8::7", "2001:db8::7"},
		{"beyond", both, "198.51.100.7", "192.0.2.254"},
		{"beyond, IPv6", both, "2001:db8:1::7", "2001:db8::ff"},
		{"no prefix", four, "192.0.2.7", "192.0.2.254"},
		{"the other family", four, "2001:db8::7", ""},
		{"nothing", PortConfig{}, "192.0.2.7", ""},
	} {
		hop, ok := test.cfg.nextHop(netip.Addr{}, addr(test.to))
		if want, _ := netip.ParseAddr(test.hop); hop != want || ok != (test.hop != "") {
			t.Errorf("%s: got %v, %v, want %v", test.name, hop, ok, want)
		}
	}
}

// A port with addresses of two subnets sends by the gateway of the source's.
func TestNextHopBySource(t *testing.T) {
	addr := netip.MustParseAddr
	cfg := PortConfig{
		OnLink:   []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24")},
		Gateways: []netip.Addr{addr("192.0.2.254"), addr("198.51.100.254")},
	}
	for src, want := range map[string]string{
		"192.0.2.1": "192.0.2.254", "198.51.100.1": "198.51.100.254", "203.0.113.1": "192.0.2.254",
	} {
		if hop, ok := cfg.nextHop(addr(src), addr("203.0.113.7")); !ok || hop != addr(want) {
			t.Errorf("from %s: %v, want %s", src, hop, want)
		}
	}
}
