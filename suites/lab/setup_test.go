package lab

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/natproof/natproof/topology/nat"
)

func TestDescribeSetup(t *testing.T) {
	all := Setup{OutsideMTU: 1000, Policy: Policy{
		Pool: Pool()[1:2], Hairpin: true, UDPTimeout: 10 * time.Second,
		Static:   []Pair{{Inside: Addr("X"), External: Pool()[2]}},
		Forwards: []Forward{{Protocol: "udp", External: netip.AddrPortFrom(Pool()[0], 53), Inside: x5000}},

		TCPEstablished: 3 * time.Hour, TCPOpening: time.Minute, TCPClosing: 2 * time.Minute, ICMPTimeout: time.Hour,
		UDPFiltering: nat.AddressDependent, TCPFiltering: nat.EndpointIndependent, Silent: true,
		Ports: nat.PortRange{First: 40000, Last: 40019}, SoftPooling: true, SharedMappings: true, SharedFilters: true,
		Translation: Translation{
			Ranges: []Range{{
				Protocol: "tcp", External: Pool()[0], Ports: PortRange{First: 80, Last: 89}, Inside: x5000,
			}},
			Sources:     []Source{{Inside: netip.PrefixFrom(Addr("X"), 32), External: Pool()[2]}},
			HideClients: true, Basic: true, Switchover: true, FTP: true,
		},
	}}
	want := "translate the inside to the pool 203.0.113.11; pair 192.168.0.5 with 203.0.113.12; " +
		"forward udp 203.0.113.10:53 to 192.168.0.5:5000; " +
		"forward tcp 203.0.113.10 ports 80-89 to 192.168.0.5:5000 on; translate 192.168.0.5/32 to 203.0.113.12; " +
		"serve the inside with it too; " +
		"let idle UDP mappings live for 10 s; let idle established TCP connections live for 3 h; " +
		"let idle opening TCP connections live for 1 min; let idle closing TCP connections live for 2 min; " +
		"let idle mappings of ICMP queries live for 1 h; " +
		"filter UDP address-dependent; filter TCP endpoint-independent; answer nothing that is not let in; " +
		"map to the ports 40000-40019; go on with another address when the paired one is out of ports; " +
		"share mappings between TCP and UDP; share filters between TCP and UDP; " +
		"show clients of forwards as itself; give each host an address of the pool for itself; look after FTP; " +
		"let the last hosts share the last address; outside MTU 1000"
	if got := all.Describe(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	all.Later = []Policy{{}, {Hairpin: true}}
	want += ". Later: translate the inside to the outside address" +
		". Later: translate the inside to the outside address; serve the inside with it too"
	if got := all.Describe(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := (Setup{}).Describe(); strings.Contains(got, ";") {
		t.Errorf("the plain setup: %q", got)
	}
	if got := all.external(); !slices.Equal(got, []netip.Addr{Pool()[1], Pool()[2], Pool()[0]}) {
		t.Errorf("external addresses %v", got)
	}
}

// A site has the addresses of the families that its setup asks for.
func TestSite(t *testing.T) {
	site := Setup{Outside: IPv6, OutsideMTU: 1280}.site()
	if got := site.Inside.Prefixes; len(got) != 1 || got[0].String() != "192.168.0.1/24" || site.Inside.MTU != 1500 {
		t.Errorf("inside %v, MTU %d", got, site.Inside.MTU)
	}
	out := site.Outside
	if got := out.Prefixes; len(got) != 1 || got[0].String() != "2001:db8:113::10/64" || out.MTU != 1280 {
		t.Errorf("outside %v, MTU %d", got, out.MTU)
	}
	if !slices.Equal(site.Hosts, []netip.Addr{Addr("X"), Addr("X2"), Addr("X3")}) {
		t.Errorf("hosts %v", site.Hosts)
	}
}
