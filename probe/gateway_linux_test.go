package probe_test

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology"
)

// A cut is the reason for which a router does not get its time.
type cut int

const (
	whole   cut = iota
	hurried     // nobody waits for it any more
	ended       // the whole run ends
)

func TestRouter(t *testing.T) {
	loopback := netip.MustParseAddr("127.0.0.1")
	raiseLoopback(t)
	for _, test := range []struct {
		name              string
		router            fakeRouter
		upnp, natPMP, pcp probe.Tristate
		external, how     string
		cut               cut
		// after is what has to have been answered before the hurry begins.
		after []string
	}{
		{"all", fakeRouter{natPMP: natPMPYes, pcp: pcpYes, upnp: true, external: "100.64.0.3"}, probe.Yes, probe.Yes,
			probe.Yes, "100.64.0.2", "NAT-PMP", whole, nil},
		{"none", fakeRouter{}, probe.No, probe.No, probe.No, "", "", whole, nil},
		{"UPnP", fakeRouter{upnp: true, external: "203.0.113.9"}, probe.Yes, probe.No, probe.No,
			"203.0.113.9", "UPnP", whole, nil},
		{"UPnP without a line", fakeRouter{upnp: true, external: "0.0.0.0"}, probe.Yes, probe.No,
			probe.No, "", "", whole, nil},
		{"UPnP that fails", fakeRouter{upnp: true}, probe.Yes, probe.No, probe.No, "", "", whole, nil},
		{"UPnP that leads elsewhere", fakeRouter{upnp: true, location: "http://127.0.0.2/root.xml"}, probe.No, probe.No,
			probe.No, "", "", whole, nil},
		{"NAT-PMP without a line", fakeRouter{natPMP: natPMPOffline, pcp: natPMPOnly}, probe.No, probe.Yes,
			probe.No, "", "", whole, nil},
		{"PCP only", fakeRouter{natPMP: pcpOnly, pcp: pcpForbidden}, probe.No, probe.No, probe.Yes, "", "", whole, nil},
		{"nonsense", fakeRouter{natPMP: "ff", pcp: "0203"}, probe.No, probe.No, probe.No, "", "", whole, nil},
		// With nothing else to wait for, silence is no answer yet; but an answer that
		// has begun may end.
		{"all, in a hurry", fakeRouter{natPMP: natPMPYes, pcp: pcpYes, upnp: true, external: "100.64.0.3"}, probe.Yes,
			probe.Yes, probe.Yes, "100.64.0.2", "NAT-PMP", hurried, []string{"NAT-PMP", "PCP", "UPnP"}},
		{"none, in a hurry", fakeRouter{}, probe.Unknown, probe.Unknown, probe.Unknown, "", "", hurried, nil},
		{"NAT-PMP only, in a hurry", fakeRouter{natPMP: natPMPOffline, pcp: natPMPOnly}, probe.Unknown, probe.Yes,
			probe.No, "", "", hurried, []string{"NAT-PMP", "PCP"}},
		{"UPnP that is slow, in a hurry", fakeRouter{upnp: true, external: "203.0.113.9", slow: 300 * time.Millisecond},
			probe.Yes, probe.Unknown, probe.Unknown, "203.0.113.9", "UPnP", hurried, []string{"UPnP"}},
		{"none, and the time is up", fakeRouter{}, probe.Unknown, probe.Unknown, probe.Unknown, "", "", ended, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx, hurry := t.Context(), make(chan struct{})
			if test.cut == hurried && test.after != nil {
				test.router.did = once(test.after, func() { close(hurry) })
			}
			control, search := test.router.open(t, loopback, 0, 0)
			switch {
			case test.cut == hurried && test.after == nil:
				close(hurry)
			case test.cut == ended:
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 100*time.Millisecond)
				defer cancel()
			}
			g := probe.AskRouter(ctx, hurry, control, search)
			if g.UPnP != test.upnp || g.NATPMP != test.natPMP || g.PCP != test.pcp || g.How != test.how {
				t.Errorf("%+v", g)
			}
			if got := g.External; got.IsValid() != (test.external != "") ||
				got.IsValid() && got.String() != test.external {
				t.Errorf("outside address %v, want %q: %s", got, test.external, g.Reason)
			}
			unknown := g.UPnP == probe.Unknown || g.NATPMP == probe.Unknown
			if unknown != strings.HasPrefix(g.Reason, "no answer within") {
				t.Errorf("the reason is %q", g.Reason)
			}
			if strings.Contains(strings.Join(test.router.forms, ""), "PortMapping") {
				t.Error("a mapping was asked for")
			}
		})
	}
}

// A "no" says what it rests on: the router's own word, a refusal, or its
// silence.
func TestRouterEvidence(t *testing.T) {
	loopback := netip.MustParseAddr("127.0.0.1")
	raiseLoopback(t)
	for _, test := range []struct {
		name         string
		router       fakeRouter
		closed       bool // the port of NAT-PMP and PCP
		natPMP, pcp  string
		upnp, reason string
	}{
		{"none", fakeRouter{}, false, "silent to 3 copies", "silent to 3 copies", "firewall of this host", ""},
		{"closed", fakeRouter{}, true, "refused by an ICMP error", "refused by an ICMP error",
			"firewall of this host", ""},
		{"NAT-PMP only", fakeRouter{natPMP: natPMPOffline, pcp: natPMPOnly}, false, "certain", "does not support it",
			"firewall of this host", ""},
		{"PCP only", fakeRouter{natPMP: pcpOnly, pcp: pcpForbidden}, false, "does not support it", "certain",
			"firewall of this host", ""},
		{"UPnP that says much", fakeRouter{upnp: true, external: strings.Repeat("x", 5000)}, false, "silent", "silent",
			"certain", "does not tell its outside address"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			control, search := test.router.open(t, loopback, 0, 0)
			if test.closed {
				control = netip.AddrPortFrom(loopback, 1) // which no socket is given by chance
			}
			g := probe.AskRouter(t.Context(), nil, control, search)
			sure := map[string]string{}
			for _, fact := range (&probe.Report{Gateway: g}).Facts() {
				sure[fact.Key] = fact.Sure
			}
			for key, want := range map[string]string{
				"gateway.nat_pmp": test.natPMP, "gateway.pcp": test.pcp, "gateway.upnp": test.upnp,
			} {
				if !strings.Contains(sure[key], want) {
					t.Errorf("%s: %q, which lacks %q", key, sure[key], want)
				}
			}
			if !strings.Contains(g.Reason, test.reason) || len(g.Reason) > 300 {
				t.Errorf("the reason is %d bytes long: %.300q", len(g.Reason), g.Reason)
			}
		})
	}
}

// The router asked is the one that packets to the servers are handed to, whatever
// the default route is.
func TestRouterToward(t *testing.T) {
	const server = "203.0.113.11"
	for _, test := range []struct {
		name, servers, want string
		routes              [][2]string // destination, gateway
		from                string      // whose packets another table is for
	}{
		{name: "default", servers: server, want: "10.0.0.1"},
		{name: "default of two servers", servers: server + " 198.51.100.1", want: "10.0.0.1"},
		{name: "halves of the Internet", servers: server,
			routes: [][2]string{{"0.0.0.0/1", "10.8.0.1"}, {"128.0.0.0/1", "10.8.0.1"}}, want: "10.8.0.1"},
		{name: "a way of its own", servers: server, routes: [][2]string{{"203.0.113.0/24", "10.8.0.1"}},
			want: "10.8.0.1"},
		{name: "a policy", servers: server, from: "10.0.0.2/32", want: "10.8.0.1"},
		{name: "two ways", servers: server + " 198.51.100.1", routes: [][2]string{{"203.0.113.0/24", "10.8.0.1"}},
			want: "several routers"},
		{name: "a neighbour", servers: "10.0.0.7", want: "no router"},
		{name: "a neighbour and one far away", servers: "10.0.0.7 " + server, want: "several routers"},
		{name: "this host", servers: "10.0.0.2", want: "no router"},
		{name: "no server", want: "no router"},
	} {
		t.Run(test.name, func(t *testing.T) {
			host, err := topology.NewNode("host")
			check(t, err)
			t.Cleanup(func() { check(t, host.Close()) })
			for iface, address := range map[string]string{"eth0": "10.0.0.2/24", "tun0": "10.8.0.2/24"} {
				check(t, topology.Link(host, iface, host, iface+"-peer"))
				check(t, host.AddAddr(iface, netip.MustParsePrefix(address)))
			}
			check(t, host.AddRoute(netip.MustParsePrefix("0.0.0.0/0"), netip.MustParseAddr("10.0.0.1")))
			for _, r := range test.routes {
				check(t, host.AddRoute(netip.MustParsePrefix(r[0]), netip.MustParseAddr(r[1])))
			}
			if test.from != "" {
				_, everything, err := net.ParseCIDR("0.0.0.0/0")
				check(t, err)
				route := &netlink.Route{Dst: everything, Gw: net.ParseIP("10.8.0.1"), Table: 100}
				check(t, host.Netlink().RouteAdd(route))
				rule := netlink.NewRule()
				_, rule.Src, err = net.ParseCIDR(test.from)
				check(t, err)
				rule.Table = 100
				check(t, host.Netlink().RuleAdd(rule))
			}
			var servers []netip.Addr
			for _, s := range strings.Fields(test.servers) {
				servers = append(servers, netip.MustParseAddr(s))
			}
			var got netip.Addr
			var failed error
			check(t, host.Do(func() error {
				got, failed = probe.RouterToward(t.Context(), servers)
				return nil
			}))
			if failed == nil && got.String() != test.want ||
				failed != nil && !strings.Contains(failed.Error(), test.want) {
				t.Errorf("got %v, %v, want %s", got, failed, test.want)
			}
		})
	}
}
