package probe_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/probe/router/routertest"
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
	l.site.Inside = nat.Interface{Name: "carrier", MTU: 1500, Prefixes: []netip.Prefix{carrier}}
	driver, err := nat.Lookup("nftables")
	check(l.t, err)
	starter, err := driver.Prepare(l.t.Context())
	check(l.t, err)
	n, err := starter.Start(l.t.Context(), nat.Site{
		Node:    home,
		Inside:  side("inside", "192.168.1.1/24"),
		Outside: nat.Interface{Name: "outside", MTU: 1500, Prefixes: []netip.Prefix{outside}},
	}, nat.Policy{})
	check(l.t, err)
	l.t.Cleanup(func() { check(l.t, n.Close()) })
	l.host = host
	return home
}

// fake has a router answer as a routertest.Router does.
func (l *lab) fake(node *topology.Node, f *routertest.Router, addr string) {
	l.t.Helper()
	check(l.t, node.Do(func() error {
		f.Open(l.t, netip.MustParseAddr(addr), 5351, 1900)
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
			l.wantNATs(l.probe(theServer), 1, 1, 1, probe.Unknown)
		})
	}
}

// Two masquerades in a row are bounded, and measured as what they are together.
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
			l.wantNATs(r, -1, 1, 2, probe.Unknown)
			if g := r.Gateway; g.Router != netip.MustParseAddr("192.168.1.1") || g.UPnP != probe.No ||
				g.NATPMP != probe.No || g.PCP != probe.No {
				t.Errorf("the router: %+v", g)
			}
			if diff := cmp.Diff([]string{"NAT-PMP", "PCP"}, r.Gateway.Refused); diff != "" {
				t.Errorf("refused (-want +got):\n%s", diff)
			}
			for key, want := range map[string]string{"pcp": "refused", "nat_pmp": "refused", "upnp": "silent"} {
				if sure := r.Evidence["gateway."+key].Sure; !strings.Contains(sure, want) {
					t.Errorf("%s: %q, which lacks %q", key, sure, want)
				}
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

// Behind a second router it takes the first one's word to know that both
// translate, and an answer of the second to know that there is no third.
func TestSecondRouter(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, between, external, word string
		carrier                       probe.Tristate
	}{
		{"private", "10.9.0.1/24", "10.9.0.2", "00800000000000100a090002", probe.Unknown},
		{"shared", "100.64.0.1/24", "100.64.0.2", routertest.NATPMPYes, probe.Yes},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // TCP waits for SYNs that are filtered
			l := newLab(t)
			l.serve("203.0.113.11 203.0.113.12")
			home := l.second(test.between)
			l.start("nftables")
			fake := &routertest.Router{NATPMP: test.word, PCP: routertest.PCPYes, UPnP: true, External: test.external}
			l.fake(home, fake, "192.168.1.1")
			r := l.probe(theServer)
			g := r.Gateway
			if g.External != netip.MustParseAddr(test.external) || g.How != "NAT-PMP" || g.PCP != probe.Yes ||
				g.NATPMP != probe.Yes {
				t.Errorf("the router: %+v", g)
			}
			l.wantNATs(r, 2, 2, 2, test.carrier)
		})
	}
}

// A router that is silent about packets to itself is not taken for the only one.
func TestMuteRouters(t *testing.T) {
	t.Parallel() // TCP waits for SYNs that are filtered
	l := newLab(t)
	l.serve("203.0.113.11 203.0.113.12")
	l.second("10.9.0.1/24")
	l.start("nftables")
	l.mute(l.router, "carrier")
	l.wantNATs(l.probe(theServer), -1, 1, 0, probe.Unknown)
}

// A router that forwards its ports to a host inside, also for those inside, lets
// packets to its own address expire, and the host answers in its name from farther
// away.
func TestForwardedPorts(t *testing.T) {
	t.Parallel() // TCP waits for SYNs that are filtered
	l := newLab(t)
	l.serve("203.0.113.11 203.0.113.12")
	l.start("nftables")
	exposed, err := topology.NewNode("exposed")
	check(t, err)
	t.Cleanup(func() { check(t, exposed.Close()) })
	check(t, topology.Link(exposed, "eth0", l.router, "exposed"))
	check(t, l.router.AddAddr("exposed", netip.MustParsePrefix("10.0.9.1/24")))
	check(t, exposed.AddAddr("eth0", netip.MustParsePrefix("10.0.9.2/24")))
	check(t, exposed.AddRoute(netip.MustParsePrefix("0.0.0.0/0"), netip.MustParseAddr("10.0.9.1")))
	r := l.rules()
	forward := r.chain(nftables.ChainTypeNAT, nftables.ChainHookPrerouting, nftables.ChainPriorityNATDest)
	to := netip.MustParseAddr("203.0.113.1")
	r.add(forward, is(expr.MetaKeyIIFNAME, padded("inside")), []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: 16, Len: 4},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: to.AsSlice()},
		&expr.Immediate{Register: 1, Data: netip.MustParseAddr("10.0.9.2").AsSlice()},
		&expr.NAT{Type: expr.NATTypeDestNAT, Family: unix.NFPROTO_IPV4, RegAddrMin: 1},
	})
	check(t, r.conn.Flush())
	l.wantNATs(l.probe(theServer), 1, 1, 1, probe.Unknown)
}

// The word of a router that packets to the server do not pass counts for nothing.
func TestOtherRouter(t *testing.T) {
	t.Parallel() // TCP waits for SYNs that are filtered
	l := newLab(t)
	l.serve("203.0.113.11 203.0.113.12")
	l.start("nftables")
	other, err := topology.NewNode("other")
	check(t, err)
	t.Cleanup(func() { check(t, other.Close()) })
	check(t, topology.Link(l.host, "eth1", other, "inside"))
	check(t, l.host.AddAddr("eth1", netip.MustParsePrefix("192.168.1.2/24")))
	check(t, other.AddAddr("inside", netip.MustParsePrefix("192.168.1.1/24")))
	_, everything, err := net.ParseCIDR("0.0.0.0/0")
	check(t, err)
	check(t, l.host.Netlink().RouteReplace(&netlink.Route{Dst: everything, Gw: net.ParseIP("192.168.1.1")}))
	for _, half := range []string{"0.0.0.0/1", "128.0.0.0/1"} {
		check(t, l.host.AddRoute(netip.MustParsePrefix(half), netip.MustParseAddr("10.0.0.1")))
	}
	l.fake(other, &routertest.Router{NATPMP: routertest.NATPMPYes, PCP: routertest.PCPYes}, "192.168.1.1")
	r := l.probe(theServer)
	if g := r.Gateway; g.Router != netip.MustParseAddr("10.0.0.1") || g.External.IsValid() {
		t.Errorf("the router: %+v", g)
	}
	l.wantNATs(r, 1, 1, 1, probe.Unknown)
}

// A carrier's router is asked like one at home, since PCP is made for it.
func TestCarrierGateway(t *testing.T) {
	t.Parallel() // no server answers, which takes its time
	l := newLab(t)
	edge, err := topology.NewNode("edge")
	check(t, err)
	t.Cleanup(func() { check(t, edge.Close()) })
	check(t, topology.Link(l.host, "eth1", edge, "inside"))
	check(t, l.host.AddAddr("eth1", netip.MustParsePrefix("100.64.0.2/24")))
	check(t, edge.AddAddr("inside", netip.MustParsePrefix("100.64.0.1/24")))
	check(t, l.host.AddRoute(netip.MustParsePrefix("203.0.113.0/24"), netip.MustParseAddr("100.64.0.1")))
	l.fake(edge, &routertest.Router{PCP: routertest.PCPYes}, "100.64.0.1")
	if g := l.probe("-tcp " + theServer).Gateway; g.Router != netip.MustParseAddr("100.64.0.1") || g.PCP != probe.Yes {
		t.Errorf("the router: %+v", g)
	}
}

// mute has a router drop the packets to itself that come in by an interface.
func (l *lab) mute(router *topology.Node, iface string) {
	l.t.Helper()
	r := (&lab{t: l.t, router: router}).rules()
	r.add(r.chain(nftables.ChainTypeFilter, nftables.ChainHookInput, nftables.ChainPriorityFilter),
		is(expr.MetaKeyIIFNAME, padded(iface)), drop())
	check(l.t, r.conn.Flush())
}

func (l *lab) wantNATs(r *probe.Report, count, atLeast, atMost int, carrier probe.Tristate) {
	l.t.Helper()
	n := r.NATs
	if n == nil {
		l.t.Fatalf("the report has no NATs: %+v", r)
	}
	got := -1
	if n.Count != nil {
		got = *n.Count
	}
	if got != count || n.AtLeast != atLeast || n.AtMost != atMost || n.Carrier != carrier ||
		n.Outermost != max(count, 0) {
		l.t.Errorf("count %d, %+v, want %d, at least %d, at most %d, carrier %v", got, *n,
			count, atLeast, atMost, carrier)
	}
	l.t.Logf("%d packets; whole run %v, udp4 %v, router %v: %s", n.Sent, time.Duration(r.Duration), r.UDP4.Duration,
		r.Gateway.Duration, n.Reason)
}
