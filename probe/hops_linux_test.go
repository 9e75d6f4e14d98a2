package probe_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/nat"
)

// second puts another NAT between the host and the lab's: a home router, whose
// outside is in the network that was the host's own.
func (l *lab) second(between string) *topology.Node {
	l.t.Helper()
	home, err := topology.NewNode("home")
	check(l.t, err)
	l.t.Cleanup(func() { check(l.t, home.Close()) })
	host, err := topology.NewNode("inner host")
	check(l.t, err)
	l.t.Cleanup(func() { check(l.t, host.Close()) })
	check(l.t, topology.Link(host, "eth0", home, "inside"))
	check(l.t, topology.Link(home, "outside", l.router, "carrier"))
	carrier := netip.MustParsePrefix(between)
	outside := netip.PrefixFrom(carrier.Addr().Next(), carrier.Bits())
	check(l.t, l.router.AddAddr("carrier", carrier))
	check(l.t, home.AddAddr("outside", outside))
	check(l.t, home.AddAddr("inside", netip.MustParsePrefix("192.168.1.1/24")))
	check(l.t, host.AddAddr("eth0", netip.MustParsePrefix("192.168.1.2/24")))
	check(l.t, home.Sysctl("net/ipv4/ip_forward", "1"))
	check(l.t, host.AddRoute(netip.MustParsePrefix("0.0.0.0/0"), netip.MustParseAddr("192.168.1.1")))
	check(l.t, home.AddRoute(netip.MustParsePrefix("0.0.0.0/0"), carrier.Addr()))
	l.site.Inside = nat.Interface{Name: "carrier", MTU: 1500, Prefix: carrier}
	driver, err := nat.Lookup("nftables")
	check(l.t, err)
	n, err := driver.Start(l.t.Context(), nat.Site{
		Node:    home,
		Inside:  nat.Interface{Name: "inside", MTU: 1500, Prefix: netip.MustParsePrefix("192.168.1.1/24")},
		Outside: nat.Interface{Name: "outside", MTU: 1500, Prefix: outside},
	}, nat.Policy{})
	check(l.t, err)
	l.t.Cleanup(func() { check(l.t, n.Close()) })
	l.host = host
	return home
}

// fake has a router answer as a fakeRouter does.
func (l *lab) fake(node *topology.Node, f *fakeRouter, addr string) {
	l.t.Helper()
	check(l.t, node.Do(func() error {
		f.open(l.t, netip.MustParseAddr(addr), 5351, 1900)
		return nil
	}))
}

const theServer = "203.0.113.11:3478"

func TestSingleNAT(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"nftables", "nftables:open-input"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // TCP waits for SYNs that are filtered
			l := newLab(t)
			l.serve("203.0.113.11 203.0.113.12")
			l.start(name)
			l.wantNATs(l.probe(theServer), 1, 1, probe.No, 1)
		})
	}
}

// Two masquerades in a row are counted, and measured as what they are together.
func TestCarrierNAT(t *testing.T) {
	t.Parallel()
	for name, mapping := range map[string]probe.Dependence{
		"nftables": probe.EndpointIndependent, "nftables:fully-random": probe.AddressAndPortDependent,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // TCP waits for SYNs that are filtered
			l := newLab(t)
			l.serve("203.0.113.11 203.0.113.12")
			l.second("100.64.0.1/24")
			l.start(name)
			r := l.probe(theServer)
			l.wantNATs(r, 2, 2, probe.Yes, 2)
			if g := r.Gateway; g.Router != netip.MustParseAddr("192.168.1.1") || g.UPnP != probe.No || g.NATPMP != probe.No || g.PCP != probe.No {
				t.Errorf("the router: %+v", g)
			}
			for protocol, one := range map[string]*probe.Result{"udp4": r.UDP4, "tcp4": r.TCP4} {
				want := found{mapping, probe.AddressAndPortDependent, probe.Yes}
				if diff := cmp.Diff(want, foundBy(one)); diff != "" {
					t.Errorf("%s (-want +got):\n%s%s", protocol, diff, one.Reason)
				}
			}
		})
	}
}

// Behind a second router with a private address it takes the first one's word
// to know that both translate.
func TestSecondRouter(t *testing.T) {
	t.Parallel() // TCP waits for SYNs that are filtered
	l := newLab(t)
	l.serve("203.0.113.11 203.0.113.12")
	home := l.second("10.9.0.1/24")
	l.start("nftables")
	l.wantNATs(l.probe(theServer), -1, 1, probe.Unknown, 2)

	l.fake(home, &fakeRouter{natPMP: "00800000000000100a090002", pcp: pcpYes, upnp: true, external: "10.9.0.2"}, "192.168.1.1")
	r := l.probe(theServer)
	g := r.Gateway
	if g.External != netip.MustParseAddr("10.9.0.2") || g.How != "NAT-PMP" || g.PCP != probe.Yes || g.NATPMP != probe.Yes {
		t.Errorf("the router: %+v", g)
	}
	l.wantNATs(r, 2, 2, probe.Unknown, 2)
}

func (l *lab) wantNATs(r *probe.Report, count, atLeast int, carrier probe.Tristate, outermost int) {
	l.t.Helper()
	n := r.NATs
	if n == nil {
		l.t.Fatalf("the report has no NATs: %+v", r)
	}
	got := -1
	if n.Count != nil {
		got = *n.Count
	}
	if got != count || n.AtLeast != atLeast || n.Carrier != carrier || n.Outermost != outermost {
		l.t.Errorf("count %d, %+v, want %d, at least %d, carrier %v, outermost %d", got, *n, count, atLeast, carrier, outermost)
	}
	l.t.Logf("%d packets; whole run %v, udp4 %v, router %v: %s", n.Sent, time.Duration(r.Duration), r.UDP4.Duration, r.Gateway.Duration, n.Reason)
}
