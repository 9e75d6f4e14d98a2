package path_test

import (
	"net/netip"
	"testing"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"github.com/natproof/natproof/probe/path"
	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/nat"
)

// A lab is a host behind two routers in a row that translate, and a server.
// They answer as often as they are asked.
type lab struct {
	t                        *testing.T
	host, home, carrier, out *topology.Node
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{t: t}
	for name, node := range map[string]**topology.Node{
		"host": &l.host, "home": &l.home, "carrier": &l.carrier, "out": &l.out,
	} {
		n, err := topology.NewNode(name)
		check(t, err)
		t.Cleanup(func() { check(t, n.Close()) })
		check(t, n.Sysctl("net/ipv4/icmp_ratelimit", "0"))
		check(t, n.Sysctl("net/ipv4/ip_forward", "1"))
		*node = n
	}
	link := func(inner *topology.Node, near, inside string, outer *topology.Node, far, outside string) {
		check(t, topology.Link(inner, near, outer, far))
		check(t, inner.AddAddr(near, netip.MustParsePrefix(inside)))
		check(t, outer.AddAddr(far, netip.MustParsePrefix(outside)))
		check(t, inner.AddRoute(netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix(outside).Addr()))
	}
	link(l.host, "eth0", "192.168.1.2/24", l.home, "inside", "192.168.1.1/24")
	link(l.home, "outside", "10.9.0.2/24", l.carrier, "inside", "10.9.0.1/24")
	check(t, topology.Link(l.carrier, "outside", l.out, "eth0"))
	check(t, l.carrier.AddAddr("outside", netip.MustParsePrefix("203.0.113.1/24")))
	check(t, l.out.AddAddr("eth0", netip.MustParsePrefix("203.0.113.11/24")))
	l.translate(l.home, "192.168.1.1/24", "10.9.0.2/24")
	l.translate(l.carrier, "10.9.0.1/24", "203.0.113.1/24")
	return l
}

func (l *lab) translate(node *topology.Node, inside, outside string) {
	l.t.Helper()
	side := func(name, prefix string) nat.Interface {
		return nat.Interface{Name: name, MTU: 1500, Prefixes: []netip.Prefix{netip.MustParsePrefix(prefix)}}
	}
	driver, err := nat.Lookup("nftables")
	check(l.t, err)
	starter, err := driver.Prepare(l.t.Context())
	check(l.t, err)
	site := nat.Site{Node: node, Inside: side("inside", inside), Outside: side("outside", outside)}
	n, err := starter.Start(l.t.Context(), site, nat.Policy{})
	check(l.t, err)
	l.t.Cleanup(func() { check(l.t, n.Close()) })
}

// rule adds a rule to what a router does with packets to itself, or through it.
func (l *lab) rule(router *topology.Node, hook *nftables.ChainHook, does ...expr.Any) {
	l.t.Helper()
	conn, err := nftables.New(nftables.WithNetNSFd(router.FD()))
	check(l.t, err)
	table := conn.AddTable(&nftables.Table{Family: nftables.TableFamilyINet, Name: "test"})
	chain := conn.AddChain(&nftables.Chain{Name: "test", Table: table, Type: nftables.ChainTypeFilter,
		Hooknum: hook, Priority: nftables.ChainPriorityFilter})
	conn.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: does})
	check(l.t, conn.Flush())
}

// mute has the carrier drop what is sent to itself.
func (l *lab) mute() {
	l.rule(l.carrier, nftables.ChainHookInput, &expr.Verdict{Kind: expr.VerdictDrop})
}

// refuse has the home router tell whoever sends something through it that it may not.
func (l *lab) refuse() {
	l.rule(l.home, nftables.ChainHookForward, &expr.Reject{Type: unix.NFT_REJECT_ICMP_UNREACH, Code: 13})
}

func (l *lab) tracer(open func() (path.Tracer, error)) path.Tracer {
	l.t.Helper()
	var s path.Tracer
	check(l.t, l.host.Do(func() (err error) {
		s, err = open()
		return err
	}))
	l.t.Cleanup(func() { path.Close(s) })
	return s
}
