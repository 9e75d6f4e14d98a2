package router_test

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/natproof/natproof/probe/router"
	"github.com/natproof/natproof/probe/router/routertest"
	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/sandboxtest"
)

// A cut is the reason for which a router does not get its time.
type cut int

const (
	whole   cut = iota
	hurried     // nobody waits for it any more
	ended       // the whole run ends
)

type fake = routertest.Router

const (
	natPMPYes, natPMPOffline, natPMPOnly = routertest.NATPMPYes, routertest.NATPMPOffline, routertest.NATPMPOnly
	pcpYes, pcpForbidden, pcpOnly        = routertest.PCPYes, routertest.PCPForbidden, routertest.PCPOnly
)

// What is known of a protocol.
const (
	unknown = "unknown"
	yes     = "yes"
	no      = "no"
)

func said(p router.Protocol) string {
	switch {
	case p.Spoken:
		return yes
	case p.Known():
		return no
	}
	return unknown
}

func TestAsk(t *testing.T) {
	loopback := netip.MustParseAddr("127.0.0.1")
	sandboxtest.RaiseLoopback(t)
	for _, test := range []struct {
		name              string
		router            fake
		upnp, natPMP, pcp string
		external, how     string
		cut               cut
		// after is what has to have been answered before the hurry begins.
		after []string
	}{
		{"all", fake{NATPMP: natPMPYes, PCP: pcpYes, UPnP: true, External: "100.64.0.3"}, yes, yes,
			yes, "100.64.0.2", "NAT-PMP", whole, nil},
		{"none", fake{}, no, no, no, "", "", whole, nil},
		{"UPnP", fake{UPnP: true, External: "203.0.113.9"}, yes, no, no,
			"203.0.113.9", "UPnP", whole, nil},
		{"UPnP without a line", fake{UPnP: true, External: "0.0.0.0"}, yes, no,
			no, "", "", whole, nil},
		{"UPnP that fails", fake{UPnP: true}, yes, no, no, "", "", whole, nil},
		{"UPnP that leads elsewhere", fake{UPnP: true, Location: "http://127.0.0.2/root.xml"}, no, no,
			no, "", "", whole, nil},
		{"NAT-PMP without PCP", fake{NATPMP: natPMPYes, PCP: natPMPOnly}, no, yes,
			no, "100.64.0.2", "NAT-PMP", whole, nil},
		{"NAT-PMP without a line", fake{NATPMP: natPMPOffline, PCP: natPMPOnly}, no, yes,
			no, "", "", whole, nil},
		{"PCP only", fake{NATPMP: pcpOnly, PCP: pcpForbidden}, no, no, yes, "", "", whole, nil},
		{"nonsense", fake{NATPMP: "ff", PCP: "0203"}, no, no, no, "", "", whole, nil},
		// With nothing else to wait for, silence is no answer yet; but an answer that
		// has begun may end.
		{"all, in a hurry", fake{NATPMP: natPMPYes, PCP: pcpYes, UPnP: true, External: "100.64.0.3"}, yes,
			yes, yes, "100.64.0.2", "NAT-PMP", hurried, []string{"NAT-PMP", "PCP", "UPnP"}},
		{"none, in a hurry", fake{}, unknown, unknown, unknown, "", "", hurried, nil},
		{"NAT-PMP only, in a hurry", fake{NATPMP: natPMPOffline, PCP: natPMPOnly}, unknown, yes,
			no, "", "", hurried, []string{"NAT-PMP", "PCP"}},
		{"UPnP that is slow, in a hurry", fake{UPnP: true, External: "203.0.113.9", Slow: 300 * time.Millisecond},
			yes, unknown, unknown, "203.0.113.9", "UPnP", hurried, []string{"UPnP"}},
		{"none, and the time is up", fake{}, unknown, unknown, unknown, "", "", ended, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx, hurry := t.Context(), make(chan struct{})
			if test.cut == hurried && test.after != nil {
				test.router.Did = routertest.Once(test.after, func() { close(hurry) })
			}
			control, search := test.router.Open(t, loopback, 0, 0)
			switch {
			case test.cut == hurried && test.after == nil:
				close(hurry)
			case test.cut == ended:
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 100*time.Millisecond)
				defer cancel()
			}
			g := router.AskAt(ctx, hurry, control, search)
			if said(g.UPnP) != test.upnp || said(g.NATPMP) != test.natPMP || said(g.PCP) != test.pcp ||
				g.How != test.how {
				t.Errorf("%+v", g)
			}
			if got := g.External; got.IsValid() != (test.external != "") ||
				got.IsValid() && got.String() != test.external {
				t.Errorf("outside address %v, want %q: %s", got, test.external, g.Reason)
			}
			open := !g.UPnP.Known() || !g.NATPMP.Known()
			if open != strings.HasPrefix(g.Reason, "no answer within") {
				t.Errorf("the reason is %q", g.Reason)
			}
			if strings.Contains(strings.Join(test.router.Forms, ""), "PortMapping") {
				t.Error("a mapping was asked for")
			}
		})
	}
}

// A "no" says what it rests on: the router's own word, a refusal, or its
// silence.
func TestNo(t *testing.T) {
	loopback := netip.MustParseAddr("127.0.0.1")
	sandboxtest.RaiseLoopback(t)
	for _, test := range []struct {
		name         string
		router       fake
		closed       bool // the port of NAT-PMP and PCP
		natPMP, pcp  string
		upnp, reason string
	}{
		{"none", fake{}, false, "silent to 3 copies", "silent to 3 copies", "firewall of this host", ""},
		{"closed", fake{}, true, "refused by an ICMP error", "refused by an ICMP error",
			"firewall of this host", ""},
		{"NAT-PMP only", fake{NATPMP: natPMPOffline, PCP: natPMPOnly}, false, yes, "does not support it",
			"firewall of this host", ""},
		{"PCP only", fake{NATPMP: pcpOnly, PCP: pcpForbidden}, false, "does not support it", yes,
			"firewall of this host", ""},
		{"UPnP that says much", fake{UPnP: true, External: strings.Repeat("x", 5000)}, false, "silent", "silent",
			yes, "does not tell its outside address"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			control, search := test.router.Open(t, loopback, 0, 0)
			if test.closed {
				control = netip.AddrPortFrom(loopback, 1) // which no socket is given by chance
			}
			g := router.AskAt(t.Context(), nil, control, search)
			for _, one := range []struct {
				name, want string
				got        router.Protocol
			}{{"NAT-PMP", test.natPMP, g.NATPMP}, {"PCP", test.pcp, g.PCP}, {"UPnP", test.upnp, g.UPnP}} {
				if one.got.Spoken != (one.want == yes) || !one.got.Spoken && !strings.Contains(one.got.Not, one.want) {
					t.Errorf("%s: %+v, which lacks %q", one.name, one.got, one.want)
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
func TestToward(t *testing.T) {
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
				got, failed = router.Toward(t.Context(), nil, servers)
				return nil
			}))
			if failed == nil && got.String() != test.want ||
				failed != nil && !strings.Contains(failed.Error(), test.want) {
				t.Errorf("got %v, %v, want %s", got, failed, test.want)
			}
		})
	}
}
