package probe_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology"
)

// A host with two uplinks is measured through the one that is named, by its address or
// by its interface, and on the port that is named.
func TestOrigin(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.serve(both)
	l.start("nftables")
	check(t, topology.Link(l.host, "eth1", l.router, "second"))
	check(t, l.host.AddAddr("eth1", netip.MustParsePrefix("10.0.7.2/24")))
	check(t, l.router.AddAddr("second", netip.MustParsePrefix("10.0.7.1/24")))
	check(t, l.host.AddAddr("eth0", netip.MustParsePrefix("10.0.0.9/24")))
	r := l.probe(theServer + " -filtering from=10.0.0.9")
	if r.UDP4.Local.Addr().String() != "10.0.0.9" || r.TCP4.Local.Addr() != r.UDP4.Local.Addr() || r.Gateway != nil {
		t.Errorf("UDP from %v, TCP from %v", r.UDP4.Local, r.TCP4.Local)
	}
	if u := r.Uplink; u == nil || u.String() != "10.0.0.9 through eth0" || len(u.Others) > 0 ||
		!strings.Contains(r.Unmeasured["ipv6"], "the source, 10.0.0.9, is of the other version") {
		t.Errorf("measured %v; IPv6: %s", u, r.Unmeasured["ipv6"])
	}
	r = l.probe(theServer + " -filtering on=eth0")
	for _, one := range []netip.AddrPort{r.UDP4.Local, r.TCP4.Local} {
		if one.Addr().String() != "10.0.0.2" || one.Port() != 5002 {
			t.Errorf("through eth0: from %v", one)
		}
	}
	// The next server is asked from the same port, whatever the first one has been asked from it.
	r = l.probe("203.0.113.99:3478 " + theServer + " -filtering on=eth0")
	if udp, tcp := r.UDP4, r.TCP4; udp.Server != theServer || udp.Mapping != probe.EndpointIndependent ||
		udp.Local.Port() != 5002 || tcp.Local.Port() != 5002 {
		t.Errorf("by the second server: UDP from %v, TCP from %v: %s", udp.Local, tcp.Local, udp.Reason)
	}
	r = l.probe(theServer + " on=eth0 +hairpin")
	if r.TCP4.Filtering != probe.AddressAndPortDependent || r.TCP4.Hairpin.Works != probe.No {
		t.Errorf("through eth0: filtering %v, hairpinning %+v: %s", r.TCP4.Filtering, r.TCP4.Hairpin, r.TCP4.Reason)
	}
	r = l.probe(theServer + " on=eth1")
	if r.UDP4 != nil && r.UDP4.Reachable {
		t.Errorf("through eth1, which leads nowhere: from %v", r.UDP4.Local)
	}
	// Half of the Internet is routed elsewhere, as VPNs do, and the other half is measured.
	check(t, l.host.AddRoute(netip.MustParsePrefix("0.0.0.0/1"), netip.MustParseAddr("10.0.7.1")))
	r = l.probe(theServer + " -filtering -router")
	if u := r.Uplink; u == nil || u.String() != "10.0.0.2 through eth0" || !slices.Equal(u.Others, []string{"eth1"}) {
		t.Errorf("with two uplinks: measured %+v", u)
	}
}
