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
		hop, ok := test.cfg.nextHop(addr(test.to))
		if want, _ := netip.ParseAddr(test.hop); hop != want || ok != (test.hop != "") {
			t.Errorf("%s: got %v, %v, want %v", test.name, hop, ok, want)
		}
	}
}
