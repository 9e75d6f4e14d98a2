package lab

import (
	"net/netip"
	"testing"
)

func TestAvoidAddress(t *testing.T) {
	seen := Sightings{
		{Source: netip.MustParseAddrPort("203.0.113.10:1")}, {Source: netip.MustParseAddrPort("203.0.113.11:1")},
	}
	for addr, want := range map[string]bool{"203.0.113.10": false, "203.0.113.11": false, "203.0.113.12": true} {
		if ok, err := AvoidAddress(netip.MustParseAddr(addr)).Match(seen); ok != want || err != nil {
			t.Errorf("%s: %t, %v, want %t", addr, ok, err, want)
		}
	}
	if _, err := AvoidAddress(Pool()[0]).Match(1); err == nil {
		t.Error("a number is taken for sightings")
	}
}
