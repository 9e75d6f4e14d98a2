package nat

import (
	"errors"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAsks(t *testing.T) {
	inside, outside := netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("203.0.113.20")
	forward := func(protocol string) Forward {
		return Forward{protocol, netip.AddrPortFrom(outside, 53), netip.AddrPortFrom(inside, 53)}
	}
	tests := map[string]struct {
		policy Policy
		want   []Feature
	}{
		"plain":   {Policy{}, nil},
		"empty":   {Policy{Pool: []netip.Addr{}, Static: []Pair{}, Forwards: []Forward{}}, nil},
		"pool":    {Policy{Pool: []netip.Addr{outside}}, []Feature{"pool"}},
		"static":  {Policy{Static: []Pair{{inside, outside}}}, []Feature{"static"}},
		"hairpin": {Policy{Hairpin: true}, []Feature{"hairpin"}},
		"timeout": {Policy{UDPTimeout: time.Second}, []Feature{"udp-timeout"}},
		"queries": {Policy{ICMPTimeout: time.Second}, []Feature{"icmp-timeout"}},
		"forwards": {
			Policy{Forwards: []Forward{forward("udp"), forward("tcp"), forward("sctp"), forward("udp")}},
			[]Feature{"forward-sctp", "forward-tcp", "forward-udp"},
		},
		"TCP timers": {
			Policy{TCPEstablished: 1, TCPOpening: 1, TCPClosing: 1},
			[]Feature{"tcp-closing-timeout", "tcp-established-timeout", "tcp-opening-timeout"},
		},
		"filters": {
			Policy{UDPFiltering: EndpointIndependent, TCPFiltering: AddressDependent, SharedFilters: true},
			[]Feature{"shared-filters", "tcp-filtering", "udp-filtering"},
		},
		"ports": {
			Policy{Ports: PortRange{0, 19}, SoftPooling: true, SharedMappings: true, Silent: true},
			[]Feature{"port-range", "shared-mappings", "silent", "soft-pooling"},
		},
		"translations": {
			Policy{Translation: Translation{
				Sources: make([]Source, 1), Ranges: []Range{{Protocol: "tcp"}}, HideClients: true, Basic: true,
				Switchover: true, FTP: true, OwnPort: 22, ProxyARP: true, SecondSource: outside,
			}},
			[]Feature{
				"basic", "forward-ranges", "forward-tcp", "ftp", "hide-clients", "own-port", "proxy-arp",
				"second-source", "sources", "switchover",
			},
		},
		"all": {
			Policy{Hairpin: true, Pool: []netip.Addr{outside}, Static: []Pair{{inside, outside}}, UDPTimeout: 1,
				Forwards: []Forward{forward("udp")}},
			[]Feature{"forward-udp", "hairpin", "pool", "static", "udp-timeout"},
		},
	}
	for name, test := range tests {
		if diff := cmp.Diff(test.want, test.policy.Asks()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestRefuses(t *testing.T) {
	forwards := func(protocols ...string) Policy {
		var p Policy
		for _, protocol := range protocols {
			p.Forwards = append(p.Forwards, Forward{Protocol: protocol})
		}
		return p
	}
	kernels := func(named string) map[string]string {
		return map[string]string{"nftables": named, "iptables": named, "cni": named}
	}
	tests := map[string]struct {
		policy  Policy
		refuses map[string]string // by driver, what it names; absent: nothing
	}{
		"plain": {Policy{}, nil},
		"UDP":   {forwards("udp"), nil},
		"hairpin": {Policy{Hairpin: true, Pool: make([]netip.Addr, 1), Static: make([]Pair, 1), UDPTimeout: 1},
			map[string]string{"cni": "pool, static, udp-timeout"}},
		"TCP": {forwards("tcp"), nil},
		"timers and ports": {
			Policy{TCPEstablished: 1, TCPOpening: 1, TCPClosing: 1, Silent: true, Ports: PortRange{0, 1}},
			map[string]string{
				"cni": "port-range, silent, tcp-closing-timeout, tcp-established-timeout, tcp-opening-timeout",
			},
		},
		"filters": {
			Policy{UDPFiltering: AddressDependent, TCPFiltering: AddressDependent, SharedFilters: true},
			kernels("shared-filters, tcp-filtering, udp-filtering"),
		},
		"mappings": {
			Policy{SharedMappings: true, SoftPooling: true},
			kernels("shared-mappings, soft-pooling"),
		},
		"SCTP": {forwards("udp", "sctp", "dccp"), map[string]string{
			"ref": "forward-dccp, forward-sctp", "memory": "forward-dccp, forward-sctp",
			"nftables": "forward-dccp, forward-sctp", "iptables": "forward-dccp, forward-sctp",
			"cni":          "forward-dccp, forward-sctp",
			"exec:PROGRAM": "forward-dccp, forward-sctp"}},
	}
	for name, test := range tests {
		for _, info := range Drivers() {
			err := info.Refuses(test.policy)
			named, refused := test.refuses[info.Name]
			if errors.Is(err, ErrUnsupported) != refused || (err == nil) == refused {
				t.Errorf("%s: %s: got %v, want it refused: %v", name, info.Name, err, refused)
			}
			if refused && !strings.HasSuffix(err.Error(), "not supported: "+named) {
				t.Errorf("%s: %s: got %v, want it to name %s", name, info.Name, err, named)
			}
		}
	}
}

// A feature that the user leaves out is refused, and the reason is not the NAT.
func TestRefusesWithout(t *testing.T) {
	info := Info{Name: "some", Honours: []Feature{FeatureHairpin, FeaturePool}}
	if err := info.Refuses(Policy{Hairpin: true}, FeaturePool); err != nil {
		t.Errorf("a feature that is not left out: %v", err)
	}
	err := info.Refuses(Policy{Hairpin: true, Pool: make([]netip.Addr, 1), Silent: true}, FeaturePool)
	if !errors.Is(err, ErrUnsupported) || !strings.HasSuffix(err.Error(), "left out of this run: pool") {
		t.Errorf("got %v, want it left out of this run: pool", err)
	}
	if known := FeatureNames(); !slices.IsSorted(known) || !slices.Contains(known, "port-blocks") {
		t.Errorf("the known features are %q", known)
	}
}

// A bad policy is refused with what is wrong with it and what to do.
func TestBadPolicies(t *testing.T) {
	for name, test := range badPolicies() {
		err := test.policy.Check(policySite)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		if errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v is said to be a matter of the driver", name, err)
		}
		if got := err.Error(); !strings.HasPrefix(got, "nat: bad policy: ") || !strings.Contains(got, test.wrong) ||
			!strings.Contains(got, "; "+test.remedy) {
			t.Errorf("%s: got %q, want %q and %q in it", name, got, test.wrong, test.remedy)
		}
	}
}

func TestSoundPolicies(t *testing.T) {
	v6 := Site{
		Inside: Interface{Prefixes: []netip.Prefix{
			netip.MustParsePrefix("10.0.0.1/24"), netip.MustParsePrefix("fd00::1/64")}},
		Outside: Interface{Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8::1/64")}},
	}
	for name, test := range map[string]struct {
		site   Site
		policy Policy
	}{
		"plain": {Site{}, Policy{}},
		"all": {policySite, Policy{
			Pool:   addrs("203.0.113.22", "203.0.113.23"),
			Static: []Pair{pair("10.0.0.2", "203.0.113.20"), pair("10.0.0.3", "203.0.113.21")},
			Forwards: []Forward{
				forward("udp", "203.0.113.1:53", "10.0.0.2:53"), forward("tcp", "203.0.113.1:53", "10.0.0.2:53"),
				forward("udp", "203.0.113.1:54", "10.0.0.2:53"), forward("sctp", "203.0.113.20:53", "10.0.0.2:53"),
			},
			Hairpin: true, UDPTimeout: time.Second, ICMPTimeout: 1, TCPOpening: 1, TCPEstablished: 1, TCPClosing: 1,
			UDPFiltering: EndpointIndependent, TCPFiltering: AddressDependent, Silent: true,
			Ports: PortRange{1, 65535}, SoftPooling: true, SharedMappings: true, SharedFilters: true,
		}},
		"one port":        {policySite, Policy{Ports: PortRange{40000, 40000}}},
		"one wide filter": {policySite, Policy{SharedFilters: true, UDPFiltering: AddressDependent}},
		"IPv6":            {v6, Policy{Static: []Pair{pair("fd00::2", "2001:db8::2")}, Pool: addrs("2001:db8::3")}},
	} {
		if err := test.policy.Check(test.site); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// policySite is all that a policy is checked against.
var policySite = Site{
	Inside:  Interface{Prefixes: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}},
	Outside: Interface{Prefixes: []netip.Prefix{netip.MustParsePrefix("203.0.113.1/24")}},
}

func addrs(texts ...string) []netip.Addr {
	var all []netip.Addr
	for _, text := range texts {
		all = append(all, netip.MustParseAddr(text))
	}
	return all
}

func pair(inside, external string) Pair {
	return Pair{netip.MustParseAddr(inside), netip.MustParseAddr(external)}
}

func forward(protocol, external, inside string) Forward {
	return Forward{protocol, netip.MustParseAddrPort(external), netip.MustParseAddrPort(inside)}
}

type badPolicy struct {
	policy        Policy
	wrong, remedy string // what the error says
}

// badPolicies are those that no NAT on the tests' sites could follow.
func badPolicies() map[string]badPolicy {
	all := badAddresses()
	maps.Copy(all, badBasics())
	return all
}

func badBasics() map[string]badPolicy {
	static := func(pairs ...Pair) Policy { return Policy{Static: pairs} }
	forwards := func(forwards ...Forward) Policy { return Policy{Forwards: forwards} }
	good := forward("udp", "203.0.113.1:53", "10.0.0.2:53")
	return map[string]badPolicy{
		"pool of nothing": {Policy{Pool: make([]netip.Addr, 1)}, "pool is empty", "name it"},
		"pool inside": {Policy{Pool: addrs("203.0.113.20", "10.0.0.9")},
			"the pool's address 10.0.0.9 is on the inside (10.0.0.0/24)", "take it out"},
		"pool twice": {Policy{Pool: addrs("203.0.113.20", "203.0.113.21", "203.0.113.20")},
			"the address 203.0.113.20 twice", "name it once"},
		"inside paired twice": {static(pair("10.0.0.2", "203.0.113.20"), pair("10.0.0.2", "203.0.113.21")),
			"10.0.0.2=203.0.113.20 and 10.0.0.2=203.0.113.21 have the inside address 10.0.0.2", "keep one"},
		"external paired twice": {static(pair("10.0.0.2", "203.0.113.20"), pair("10.0.0.3", "203.0.113.20")),
			"have the external address 203.0.113.20 in common", "give each its own"},
		"pair of a stranger": {static(pair("10.0.1.2", "203.0.113.20")), "10.0.1.2 is not on the inside", "name the"},
		"pair of nobody":     {static(Pair{}), "leads nowhere", "name the address of an inside host"},
		"pair within":        {static(pair("10.0.0.2", "10.0.0.3")), "10.0.0.3 is not of the outside", "name one"},
		"forward nowhere": {forwards(forward("udp", "203.0.113.1:53", "192.0.2.1:53")),
			"udp:203.0.113.1:53=192.0.2.1:53 leads nowhere: 192.0.2.1 is not on the inside (10.0.0.0/24)", "name the"},
		"forward to port 0":   {forwards(forward("tcp", "203.0.113.1:53", "10.0.0.2:0")), "port 0", "name one from 1"},
		"forward from port 0": {forwards(forward("udp", "203.0.113.1:0", "10.0.0.2:53")), "no external port", "name"},
		"forward from nobody": {forwards(Forward{Protocol: "udp", Inside: good.Inside}), "no external", "name one"},
		"forward from within": {forwards(forward("udp", "10.0.0.1:53", "10.0.0.2:53")), "begins on the inside", "name"},
		"forwarded twice": {forwards(good, forward("tcp", "203.0.113.1:53", "10.0.0.3:53"),
			forward("udp", "203.0.113.1:53", "10.0.0.3:53")),
			"udp:203.0.113.1:53=10.0.0.2:53 and udp:203.0.113.1:53=10.0.0.3:53", "keep one of them"},
		"unknown protocol": {forwards(forward("utp", "203.0.113.1:53", "10.0.0.2:53")),
			`of no known protocol: "utp"`, "it is one of udp, tcp, "},
		"negative timer": {Policy{UDPTimeout: -time.Second}, "the timeout of UDP mappings is -1s", "make it longer"},
		"negative opening timer": {Policy{UDPTimeout: 1, TCPOpening: -time.Second},
			"the timeout of opening TCP connections is -1s", "make it longer"},
		"negative established timer": {Policy{TCPEstablished: -1}, "of established TCP connections is -1ns", "make"},
		"negative closing timer":     {Policy{TCPClosing: -1}, "of closing TCP connections is -1ns", "make it longer"},
		"negative query timer":       {Policy{ICMPTimeout: -1}, "of ICMP queries is -1ns", "make it longer"},
		"unknown filtering": {Policy{UDPFiltering: AddressDependent, TCPFiltering: "cone"},
			`the filtering of TCP is of no known kind: "cone"`, "it is one of [\"endpoint-independent\" "},
		"nothing to share": {
			Policy{SharedFilters: true, UDPFiltering: AddressDependent, TCPFiltering: AddressAndPortDependent},
			"filters are to be shared, and none is endpoint-independent", "make one of them so"},
		"ports upside down": {Policy{Ports: PortRange{40001, 40000}},
			"the range of ports 40001-40000 is upside down", "name the lower port first"},
		"ports to 0":           {Policy{Ports: PortRange{First: 40000}}, "ports 40000-0 is upside down", "name"},
		"ports from 0":         {Policy{Ports: PortRange{Last: 1023}}, "ports 0-1023 has port 0", "begin it at 1"},
		"soft pooling of none": {Policy{SoftPooling: true}, "no address to go on with (a pool of 0)", "name two"},
		"soft pooling of one":  {Policy{SoftPooling: true, Pool: addrs("203.0.113.20")}, "a pool of 1", "name two"},
	}
}
