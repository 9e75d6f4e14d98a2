package nat

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAsksOfCarrier(t *testing.T) {
	if diff := cmp.Diff(len(carrierFeatures()), len(Policy{Carrier: manyLimits()}.Asks())); diff != "" {
		t.Errorf("features (-want +got):\n%s", diff)
	}
	for name, test := range map[string]struct {
		carrier Carrier
		want    Feature
	}{
		"identifiers": {Carrier{Subscriber: Limits{Identifiers: 1}}, FeatureSubscriberProtocolPorts},
		"quarantine":  {Carrier{Quarantine: 1}, FeatureQuarantine},
		"rate":        {Carrier{Subscriber: Limits{SessionRate: 1}}, FeatureSessionRate},
	} {
		if diff := cmp.Diff([]Feature{test.want}, Policy{Carrier: test.carrier}.Asks()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestCheckCarrier(t *testing.T) {
	site := Site{Inside: Interface{Prefixes: []netip.Prefix{netip.MustParsePrefix("192.168.0.1/24")}}}
	bypass := func(d Destination) Policy { return Policy{Carrier: Carrier{Bypass: []Destination{d}}} }
	for name, test := range map[string]struct {
		policy Policy
		want   string // empty: it makes sense
	}{
		"everything":       {Policy{Carrier: manyLimits()}, ""},
		"a negative limit": {Policy{Carrier: Carrier{Subscriber: Limits{Ports: -1}}}, "subscriber_ports is -1"},
		"a quarantine":     {Policy{Carrier: Carrier{Quarantine: -time.Second}}, "longer than 0"},
		"without a length": {Policy{Carrier: Carrier{QuarantinedPorts: 4}}, "has no length"},
		"large blocks":     {Policy{Carrier: Carrier{PortBlock: 300}}, "no room in the ports 1024-65535"},
		"of a pool":        {Policy{Pool: addrs("203.0.113.10", "203.0.113.11"), Carrier: Carrier{PortBlock: 300}}, ""},
		"all addresses tied": {Policy{Pool: addrs("203.0.113.10"), Static: []Pair{pair("192.168.0.9", "203.0.113.10")},
			Carrier: Carrier{PortBlock: 4}}, "the external address of other hosts"},
		"blocks and sources": {Policy{Translation: Translation{Sources: []Source{{
			Inside: netip.MustParsePrefix("192.168.0.0/25"), External: netip.MustParseAddr("203.0.113.10")}}},
			Carrier: Carrier{PortBlock: 4}}, "ask for one of the two"},
		"a narrow range":    {Policy{Ports: PortRange{40000, 40999}, Carrier: Carrier{PortBlock: 4}}, "no room"},
		"every destination": {bypass(Destination{}), "name an address or a port"},
		"an inside one":     {bypass(Destination{To: netip.MustParsePrefix("192.168.0.9/32")}), "is on the inside"},
		"a port":            {bypass(Destination{Port: 53}), ""},
	} {
		err := test.policy.Check(site)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func TestDestination(t *testing.T) {
	web := netip.MustParseAddrPort("203.0.113.101:80")
	for _, test := range []struct {
		d     Destination
		text  string
		holds bool
	}{
		{Destination{Port: 80}, ":80", true},
		{Destination{Port: 81}, ":81", false},
		{Destination{To: netip.MustParsePrefix("203.0.113.0/24")}, "203.0.113.0/24", true},
		{Destination{To: netip.MustParsePrefix("203.0.113.102/32"), Port: 80}, "203.0.113.102/32:80", false},
	} {
		if test.d.String() != test.text || test.d.Holds(web) != test.holds {
			t.Errorf("%v: %q, holds %v: %t", test, test.d.String(), web, test.d.Holds(web))
		}
	}
}

func TestBlocks(t *testing.T) {
	policy := Policy{Carrier: Carrier{PortBlock: 20}}
	for external, want := range map[int]struct {
		place int
		block PortRange
	}{1: {0, PortRange{1124, 1143}}, 2: {1, PortRange{1064, 1083}}} {
		place, block := policy.blockOf(netip.MustParsePrefix("192.168.0.0/24"), netip.MustParseAddr("192.168.0.5"),
			external)
		if place != want.place || block != want.block {
			t.Errorf("the block is %v of address %d of %d, want %v", block, place, external, want)
		}
	}
	policy.Pool = addrs("203.0.113.10", "203.0.113.11")
	if got := policy.blockAddrs(netip.Addr{}); !slices.Equal(got, policy.Pool) {
		t.Errorf("blocks are at %v", got)
	}
}
