package nat

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Every variable is there in every case, and says nothing where nothing is asked.
func TestEnvironment(t *testing.T) {
	addr, prefix := netip.MustParseAddr, netip.MustParsePrefix
	plain := Site{
		Inside:  Interface{Name: "in", MTU: 1400, Prefixes: []netip.Prefix{prefix("10.0.0.1/24")}},
		Outside: Interface{Name: "out", MTU: 1500, Prefixes: []netip.Prefix{prefix("203.0.113.1/25")}},
	}
	dual := plain
	dual.Hosts = []netip.Addr{addr("10.0.0.2"), addr("2001:db8:1::2")}
	dual.Inside.Prefixes = []netip.Prefix{prefix("2001:db8:1::1/64"), prefix("10.0.0.1/24")}
	dual.Outside.Prefixes = []netip.Prefix{prefix("2001:db8:2::1/64")}
	dual.Outside.Gateways = []netip.Addr{addr("203.0.113.2"), addr("2001:db8:2::2")}
	v6Inside, v6Outside := "[2001:db8:1::2]:8080", "[2001:db8:2::1]:80"
	tests := map[string]struct {
		site   Site
		policy Policy
		want   []string
	}{
		"plain": {plain, Policy{}, []string{
			"NATPROOF_CONTRACT=2", "NATPROOF_INSIDE_HOSTS=", "NATPROOF_ASKS=", "NATPROOF_POOL=", "NATPROOF_STATIC=",
			"NATPROOF_FORWARDS=", "NATPROOF_HAIRPIN=", "NATPROOF_UDP_TIMEOUT=",
			"NATPROOF_TCP_ESTABLISHED_TIMEOUT=", "NATPROOF_TCP_OPENING_TIMEOUT=", "NATPROOF_TCP_CLOSING_TIMEOUT=",
			"NATPROOF_UDP_FILTERING=", "NATPROOF_TCP_FILTERING=", "NATPROOF_SILENT=", "NATPROOF_PORT_RANGE=",
			"NATPROOF_SOFT_POOLING=", "NATPROOF_SHARED_MAPPINGS=", "NATPROOF_SHARED_FILTERS=",
			"NATPROOF_ICMP_TIMEOUT=", "NATPROOF_QUIET_INSIDE=",
			"NATPROOF_SOURCES=", "NATPROOF_FORWARD_RANGES=", "NATPROOF_HIDE_CLIENTS=", "NATPROOF_BASIC=",
			"NATPROOF_SWITCHOVER=", "NATPROOF_FTP=", "NATPROOF_OWN_PORT=", "NATPROOF_PROXY_ARP=",
			"NATPROOF_SECOND_SOURCE=", "NATPROOF_SECOND_INSIDE_IFACE=",
			"NATPROOF_SUBSCRIBER_PORTS=", "NATPROOF_SUBSCRIBER_UDP_PORTS=", "NATPROOF_SUBSCRIBER_TCP_PORTS=",
			"NATPROOF_SUBSCRIBER_IDENTIFIERS=", "NATPROOF_SUBSCRIBER_SESSIONS=", "NATPROOF_MAPPING_SESSIONS=",
			"NATPROOF_MAPPING_RATE=", "NATPROOF_SESSION_RATE=", "NATPROOF_QUARANTINE=",
			"NATPROOF_QUARANTINED_PORTS=", "NATPROOF_PORT_BLOCK=", "NATPROOF_BYPASS=",
			"NATPROOF_INSIDE_IFACE=in", "NATPROOF_INSIDE_MTU=1400", "NATPROOF_INSIDE_PREFIX=10.0.0.1/24",
			"NATPROOF_INSIDE_GATEWAY=", "NATPROOF_INSIDE_PREFIX6=", "NATPROOF_INSIDE_GATEWAY6=",
			"NATPROOF_OUTSIDE_IFACE=out", "NATPROOF_OUTSIDE_MTU=1500", "NATPROOF_OUTSIDE_PREFIX=203.0.113.1/25",
			"NATPROOF_OUTSIDE_GATEWAY=", "NATPROOF_OUTSIDE_PREFIX6=", "NATPROOF_OUTSIDE_GATEWAY6=",
		}},
		"everything": {dual, Policy{
			Hairpin: true, UDPTimeout: 1500 * time.Millisecond,
			Pool:   []netip.Addr{addr("203.0.113.20"), addr("203.0.113.21")},
			Static: []Pair{{addr("10.0.0.2"), addr("203.0.113.20")}, {addr("10.0.0.3"), addr("203.0.113.21")}},
			Forwards: []Forward{
				{"udp", netip.MustParseAddrPort("203.0.113.1:53"), netip.MustParseAddrPort("10.0.0.2:5353")},
				{"tcp", netip.MustParseAddrPort(v6Outside), netip.MustParseAddrPort(v6Inside)},
			},
			TCPEstablished: 2 * time.Hour, TCPOpening: time.Minute, TCPClosing: 500 * time.Millisecond,
			UDPFiltering: AddressDependent, TCPFiltering: AddressAndPortDependent, Silent: true, QuietInside: true,
			Ports: PortRange{40000, 40019}, SoftPooling: true, SharedMappings: true, SharedFilters: true,
			ICMPTimeout: 90 * time.Second,
			Translation: manyTranslations(), Carrier: manyLimits(),
		}, []string{
			"NATPROOF_CONTRACT=2", "NATPROOF_INSIDE_HOSTS=10.0.0.2 2001:db8:1::2",
			"NATPROOF_ASKS=basic bypass forward-ranges forward-tcp forward-udp ftp hairpin hide-clients icmp-timeout " +
				"mapping-rate mapping-sessions own-port pool port-blocks port-range proxy-arp quarantine " +
				"quiet-inside second-source session-rate shared-filters " +
				"shared-mappings silent soft-pooling sources static subscriber-ports subscriber-protocol-ports " +
				"subscriber-sessions switchover " +
				"tcp-closing-timeout tcp-established-timeout tcp-filtering tcp-opening-timeout udp-filtering " +
				"udp-timeout",
			"NATPROOF_SOURCES=10.0.0.2/32=203.0.113.22 10.0.0.0/24=203.0.113.23",
			"NATPROOF_FORWARD_RANGES=udp:203.0.113.1:27000-27009=10.0.0.2:5000",
			"NATPROOF_HIDE_CLIENTS=1", "NATPROOF_BASIC=1", "NATPROOF_SWITCHOVER=1", "NATPROOF_FTP=1",
			"NATPROOF_OWN_PORT=8022", "NATPROOF_PROXY_ARP=1", "NATPROOF_SECOND_SOURCE=203.0.113.24",
			"NATPROOF_QUIET_INSIDE=1",
			"NATPROOF_SECOND_INSIDE_IFACE=",
			"NATPROOF_SUBSCRIBER_PORTS=50", "NATPROOF_SUBSCRIBER_UDP_PORTS=20", "NATPROOF_SUBSCRIBER_TCP_PORTS=40",
			"NATPROOF_SUBSCRIBER_IDENTIFIERS=10", "NATPROOF_SUBSCRIBER_SESSIONS=300",
			"NATPROOF_MAPPING_SESSIONS=30", "NATPROOF_MAPPING_RATE=100", "NATPROOF_SESSION_RATE=200",
			"NATPROOF_QUARANTINE=120", "NATPROOF_QUARANTINED_PORTS=4", "NATPROOF_PORT_BLOCK=20",
			"NATPROOF_BYPASS=203.0.113.102/32 203.0.113.101/32:8000 :53",
			"NATPROOF_POOL=203.0.113.20 203.0.113.21",
			"NATPROOF_STATIC=10.0.0.2=203.0.113.20 10.0.0.3=203.0.113.21",
			"NATPROOF_FORWARDS=udp:203.0.113.1:53=10.0.0.2:5353 tcp:[2001:db8:2::1]:80=[2001:db8:1::2]:8080",
			"NATPROOF_HAIRPIN=1", "NATPROOF_UDP_TIMEOUT=1.5",
			"NATPROOF_TCP_ESTABLISHED_TIMEOUT=7200", "NATPROOF_TCP_OPENING_TIMEOUT=60",
			"NATPROOF_TCP_CLOSING_TIMEOUT=0.5", "NATPROOF_UDP_FILTERING=address-dependent",
			"NATPROOF_TCP_FILTERING=address-and-port-dependent", "NATPROOF_SILENT=1",
			"NATPROOF_PORT_RANGE=40000-40019", "NATPROOF_SOFT_POOLING=1", "NATPROOF_SHARED_MAPPINGS=1",
			"NATPROOF_SHARED_FILTERS=1", "NATPROOF_ICMP_TIMEOUT=90",
			"NATPROOF_INSIDE_IFACE=in", "NATPROOF_INSIDE_MTU=1400", "NATPROOF_INSIDE_PREFIX=10.0.0.1/24",
			"NATPROOF_INSIDE_GATEWAY=", "NATPROOF_INSIDE_PREFIX6=2001:db8:1::1/64", "NATPROOF_INSIDE_GATEWAY6=",
			"NATPROOF_OUTSIDE_IFACE=out", "NATPROOF_OUTSIDE_MTU=1500", "NATPROOF_OUTSIDE_PREFIX=",
			"NATPROOF_OUTSIDE_GATEWAY=203.0.113.2", "NATPROOF_OUTSIDE_PREFIX6=2001:db8:2::1/64",
			"NATPROOF_OUTSIDE_GATEWAY6=2001:db8:2::2",
		}},
	}
	sorted := cmpopts.SortSlices(func(a, b string) bool { return a < b })
	for name, test := range tests {
		if diff := cmp.Diff(test.want, Environment(test.site, test.policy), sorted); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The keys keep their order, so that a shell script can look for a text.
func TestPolicyJSON(t *testing.T) {
	for want, policy := range map[string]Policy{
		`{"schema":"natproof.policy/1","pool":[],"static":[],"forwards":[],` +
			`"hairpin":false,"udp_timeout":0,"asks":[],"tcp_established_timeout":0,"tcp_opening_timeout":0,` +
			`"tcp_closing_timeout":0,"udp_filtering":"","tcp_filtering":"","silent":false,"port_range":"",` +
			`"soft_pooling":false,"shared_mappings":false,"shared_filters":false,"icmp_timeout":0,"sources":[],` +
			`"forward_ranges":[],"hide_clients":false,"basic":false,"switchover":false,"ftp":false,` +
			`"own_port":0,"subscriber_ports":0,"subscriber_udp_ports":0,"subscriber_tcp_ports":0` +
			`,"subscriber_identifiers":0` +
			`,"subscriber_sessions":0,"mapping_sessions":0,"mapping_rate":0,"session_rate":0,"quarantine":0` +
			`,"quarantined_ports":0,"port_block":0,"bypass":[],"proxy_arp":false,"second_source":""` +
			`,"quiet_inside":false}`: {},
		`{"schema":"natproof.policy/1","pool":["203.0.113.20"],` +
			`"static":[{"inside":"10.0.0.9","external":"203.0.113.30"}],` +
			`"forwards":[{"protocol":"udp","external":"203.0.113.1:53","inside":"10.0.0.2:5353"}],"hairpin":true,` +
			`"udp_timeout":10,"asks":["basic","bypass","forward-ranges","forward-udp","ftp","hairpin","hide-clients",` +
			`"icmp-timeout","mapping-rate","mapping-sessions","own-port","pool","port-blocks",` +
			`"port-range","proxy-arp","quarantine","quiet-inside","second-source","session-rate","shared-filters",` +
			`"shared-mappings","silent","soft-pooling","sources","static","subscriber-ports",` +
			`"subscriber-protocol-ports","subscriber-sessions","switchover","tcp-closing-timeout",` +
			`"tcp-established-timeout","tcp-filtering","tcp-opening-timeout","udp-filtering","udp-timeout"],` +
			`"tcp_established_timeout":7440,` +
			`"tcp_opening_timeout":60,"tcp_closing_timeout":120,"udp_filtering":"endpoint-independent",` +
			`"tcp_filtering":"address-dependent","silent":true,"port_range":"40000-40019","soft_pooling":true,` +
			`"shared_mappings":true,"shared_filters":true,"icmp_timeout":90,` +
			`"sources":[{"inside":"10.0.0.2/32","external":"203.0.113.22"},` +
			`{"inside":"10.0.0.0/24","external":"203.0.113.23"}],` +
			`"forward_ranges":[{"protocol":"udp","external":"203.0.113.1","ports":"27000-27009",` +
			`"inside":"10.0.0.2:5000"}],"hide_clients":true,"basic":true,"switchover":true,"ftp":true,` +
			`"own_port":8022,"subscriber_ports":50,"subscriber_udp_ports":20,"subscriber_tcp_ports":40` +
			`,"subscriber_identifiers":10` +
			`,"subscriber_sessions":300,"mapping_sessions":30,"mapping_rate":100,"session_rate":200,"quarantine":120` +
			`,"quarantined_ports":4,"port_block":20,"bypass":[{"to":"203.0.113.102/32","port":0},` +
			`{"to":"203.0.113.101/32","port":8000},{"to":"","port":53}],"proxy_arp":true` +
			`,"second_source":"203.0.113.24","quiet_inside":true}`: {
			Pool:   []netip.Addr{netip.MustParseAddr("203.0.113.20")},
			Static: []Pair{{netip.MustParseAddr("10.0.0.9"), netip.MustParseAddr("203.0.113.30")}},
			Forwards: []Forward{
				{"udp", netip.MustParseAddrPort("203.0.113.1:53"), netip.MustParseAddrPort("10.0.0.2:5353")},
			},
			Hairpin: true, UDPTimeout: 10 * time.Second,
			TCPEstablished: 124 * time.Minute, TCPOpening: time.Minute, TCPClosing: 2 * time.Minute,
			UDPFiltering: EndpointIndependent, TCPFiltering: AddressDependent, Silent: true, QuietInside: true,
			Ports: PortRange{40000, 40019}, SoftPooling: true, SharedMappings: true, SharedFilters: true,
			ICMPTimeout: 90 * time.Second,
			Translation: manyTranslations(), Carrier: manyLimits(),
		},
	} {
		got, err := encodePolicy(policy)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want+"\n", string(got)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// manyLimits asks for all that operators of carrier-grade NATs do.
func manyLimits() Carrier {
	return Carrier{
		Subscriber: Limits{
			Ports: 50, UDPPorts: 20, TCPPorts: 40, Identifiers: 10, Sessions: 300, MappingSessions: 30,
			MappingRate: 100, SessionRate: 200,
		},
		Quarantine: 2 * time.Minute, QuarantinedPorts: 4, PortBlock: 20,
		Bypass: []Destination{
			{To: netip.MustParsePrefix("203.0.113.102/32")},
			{To: netip.MustParsePrefix("203.0.113.101/32"), Port: 8000},
			{Port: 53},
		},
	}
}

// manyTranslations asks for every kind of translation.
func manyTranslations() Translation {
	return Translation{
		Sources: []Source{
			{netip.MustParsePrefix("10.0.0.2/32"), netip.MustParseAddr("203.0.113.22")},
			{netip.MustParsePrefix("10.0.0.0/24"), netip.MustParseAddr("203.0.113.23")},
		},
		Ranges: []Range{{
			"udp", netip.MustParseAddr("203.0.113.1"), PortRange{27000, 27009},
			netip.MustParseAddrPort("10.0.0.2:5000"),
		}},
		HideClients: true, Basic: true, Switchover: true, FTP: true, OwnPort: 8022, ProxyARP: true,
		SecondSource: netip.MustParseAddr("203.0.113.24"),
	}
}
