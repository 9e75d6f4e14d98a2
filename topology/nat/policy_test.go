package nat

import (
	"errors"
	"net/netip"
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
	tests := map[string]struct {
		policy  Policy
		refuses map[string]string // by driver, what it names; absent: nothing
	}{
		"plain":   {Policy{}, nil},
		"UDP":     {forwards("udp"), nil},
		"hairpin": {Policy{Hairpin: true, Pool: make([]netip.Addr, 1), Static: make([]Pair, 1), UDPTimeout: 1}, nil},
		"TCP":     {forwards("tcp"), nil},
		"timers and ports": {
			Policy{TCPEstablished: 1, TCPOpening: 1, TCPClosing: 1, Silent: true, Ports: PortRange{0, 1}}, nil,
		},
		"filters": {
			Policy{UDPFiltering: AddressDependent, TCPFiltering: AddressDependent, SharedFilters: true},
			map[string]string{"nftables": "shared-filters, tcp-filtering, udp-filtering"},
		},
		"mappings": {
			Policy{SharedMappings: true, SoftPooling: true},
			map[string]string{"nftables": "shared-mappings, soft-pooling"},
		},
		"SCTP": {forwards("udp", "sctp", "dccp"), map[string]string{
			"ref": "forward-dccp, forward-sctp", "memory": "forward-dccp, forward-sctp",
			"nftables": "forward-dccp, forward-sctp", "exec:PROGRAM": "forward-dccp, forward-sctp"}},
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
