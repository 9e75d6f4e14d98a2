package probe_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology"
)

// to are the UDP packets to a range of ports.
func to(first, last uint16) []expr.Any {
	port := func(p uint16) []byte { return []byte{byte(p >> 8), byte(p)} }
	return append(is(expr.MetaKeyL4PROTO, []byte{unix.IPPROTO_UDP}),
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2},
		&expr.Range{Op: expr.CmpOpEq, Register: 1, FromData: port(first), ToData: port(last)})
}

// A server that gets ten questions a second is told exactly, with few packets.
func TestLimitedServer(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.serve(both)
	l.start("nftables")
	r := l.rulesOf(l.out)
	input := r.chain(nftables.ChainTypeFilter, nftables.ChainHookInput, nftables.ChainPriorityFilter)
	over := &expr.Limit{Type: expr.LimitTypePkts, Rate: 10, Unit: expr.LimitTimeSecond, Burst: 5, Over: true}
	r.add(input, to(3478, 3479), []expr.Any{over}, drop())
	check(t, r.conn.Flush())
	report := l.probe(theServer + " -tcp")
	want := found{probe.EndpointIndependent, probe.AddressAndPortDependent, probe.Yes}
	wantResult(t, "udp4", want, "port-restricted cone", report.UDP4)
	if report.UDP4.Sent > 100 {
		t.Errorf("%d packets", report.UDP4.Sent)
	}
}

// crowd is how many probers a crowd is.
const crowd = 40

// A crowd of probers that start at once behind one address are all told exactly by a
// server with its default limit.
func TestCrowd(t *testing.T) {
	l := newLab(t)
	l.serve("limited 203.0.113.11 203.0.113.12")
	l.start("nftables")
	want := found{probe.EndpointIndependent, probe.AddressAndPortDependent, probe.Yes}
	wantTCP := found{probe.EndpointIndependent, probe.NotDetermined, probe.Yes}
	for i, r := range l.probers(crowd, "crowd "+theServer+" -router -filtering") {
		if diff := cmp.Diff([]found{want, wantTCP}, []found{foundBy(r.UDP4), foundBy(r.TCP4)}); diff != "" {
			t.Errorf("prober %d (-want +got):\n%s%s%s", i, diff, r.UDP4.Reason, r.TCP4.Reason)
		}
	}
}

// A filter before the server's second port leaves the mapping to be told, and the
// server is not blamed. A route of this host's own to its second address is named.
func TestUnreachedEndpoints(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.serve(both)
	l.start("nftables")
	r := l.rulesOf(l.out)
	input := r.chain(nftables.ChainTypeFilter, nftables.ChainHookInput, nftables.ChainPriorityFilter)
	r.add(input, to(3479, 3479), drop())
	check(t, r.conn.Flush())
	report := l.probe(theServer + " -tcp")
	want := found{probe.EndpointIndependent, probe.AddressAndPortDependent, probe.Yes}
	wantResult(t, "udp4", want, "port-restricted cone", report.UDP4)
	if !strings.Contains(report.UDP4.Reason, "filtered on the way") || report.Outcome() != probe.Reached {
		t.Errorf("outcome %v: %s", report.Outcome(), report.UDP4.Reason)
	}
	r.conn.DelTable(r.table)
	check(t, r.conn.Flush())
	check(t, topology.Link(l.host, "eth1", l.out, "second"))
	check(t, l.host.AddAddr("eth1", netip.MustParsePrefix("10.0.7.2/24")))
	check(t, l.out.AddAddr("second", netip.MustParsePrefix("10.0.7.1/24")))
	check(t, l.host.AddRoute(netip.MustParsePrefix("203.0.113.12/32"), netip.MustParseAddr("10.0.7.1")))
	report = l.probe(theServer + " -filtering")
	// What its first address shows stands, and what is seen past the NAT is no mapping of it.
	wantResult(t, "udp4", found{Filtering: probe.AddressAndPortDependent, NAT: probe.Yes}, "", report.UDP4)
	wantResult(t, "tcp4", found{NAT: probe.Yes}, "", report.TCP4)
	for _, r := range []*probe.Result{report.UDP4, report.TCP4} {
		const away = "203.0.113.12 is not asked: this host has a route of its own to it, and sends there through eth1"
		if r.Reason != away {
			t.Error(r.Reason)
		}
	}
	_, hole, err := net.ParseCIDR("203.0.113.12/32")
	check(t, err)
	check(t, l.host.Netlink().RouteReplace(&netlink.Route{Dst: hole, Type: unix.RTN_BLACKHOLE}))
	report = l.probe(theServer + " -tcp")
	if !strings.Contains(report.UDP4.Reason, "203.0.113.12 is not reached: this host has no route to it") {
		t.Errorf("behind a blackhole: %s", report.UDP4.Reason)
	}
}
