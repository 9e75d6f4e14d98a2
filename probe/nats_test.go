package probe_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/probe/path"
)

const shared = "100.64.0.0/10 is set aside for carriers (RFC 6598), " +
	"but overlay networks, clouds and companies use it as well"

// exceeded is the end of a packet at a router.
func exceeded(router string) path.Hop { return path.Hop{Exceeded: netip.MustParseAddr(router)} }

// traceOf is a trace of what became of packets to the server and to this host's
// own address.
func traceOf(server, own []path.Hop) (t path.Trace) {
	copy(t.Server[:], server)
	copy(t.Own[:], own)
	return t
}

func TestCountNATs(t *testing.T) {
	type hops = []path.Hop
	at := exceeded
	none, answered := path.Hop{}, path.Hop{Reached: true}
	home, carrier, isp, far := at("192.168.1.1"), at("100.64.0.1"), at("198.51.100.1"), at("198.51.100.2")
	server := hops{home, isp, far}
	behind := at("10.0.0.1")
	type want struct {
		Count, AtLeast, AtMost, Outermost int
		Carrier                           probe.Tristate
	}
	atLeast := func(n int) want { return want{-1, n, 0, 0, probe.Unknown} }
	for _, test := range []struct {
		name          string
		local, mapped string
		nat           probe.Tristate
		external      string
		server, own   hops
		want          want
	}{
		{"no NAT", "203.0.113.7:5", "203.0.113.7:5", probe.No, "", nil, nil, want{0, 0, 0, 0, probe.No}},
		{"unknown", "192.168.1.2:5", "203.0.113.7:5", probe.Unknown, "", nil, nil, atLeast(0)},
		{"nothing but a NAT", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "", nil, nil, atLeast(1)},
		// The router's word.
		{"the router has the address", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "203.0.113.7", nil, nil,
			want{1, 1, 1, 1, probe.No}},
		{"the router has a private one", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "10.9.0.2", nil, nil, atLeast(2)},
		{"the router has a shared one", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "100.64.0.2", nil, nil,
			want{-1, 2, 0, 0, probe.Yes}},
		{"the router has another line", "192.168.1.2:5", "203.0.113.7:5", probe.Yes,
			"198.51.100.3", nil, nil, atLeast(1)},
		{"a server of the same company", "192.168.1.2:5", "10.7.0.7:5", probe.Yes, "10.9.0.2", nil, nil, atLeast(1)},
		// The path: an answer bounds, silence does not.
		{"the first hop answers for its own", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "", server,
			hops{answered, answered}, want{1, 1, 1, 1, probe.Unknown}},
		{"the first hop is silent to its own", "192.168.1.2:5", "203.0.113.7:5", probe.Yes,
			"", server, nil, atLeast(1)},
		{"a carrier that drops what is sent to itself", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "",
			hops{home, behind}, nil, atLeast(1)},
		{"a second private router that is silent", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "",
			hops{home, behind, far}, hops{home}, atLeast(1)},
		{"a second private router", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "", hops{home, behind, far},
			hops{home, answered}, want{-1, 1, 2, 0, probe.Unknown}},
		{"a second private router that is known", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "10.0.0.2",
			hops{home, behind, far}, hops{home, answered}, want{2, 2, 2, 2, probe.Unknown}},
		{"a second one that is known and lost its first", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "10.0.0.2",
			hops{home, behind, far}, hops{none, answered}, want{2, 2, 2, 2, probe.Unknown}},
		{"the path and the word contradict", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "100.64.0.2", server,
			hops{answered}, atLeast(1)},
		// A single NAT that forwards all ports to a host inside, behind a line
		// whose routers have shared addresses, looks like the next but one.
		{"a forwarded port", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "", hops{home, carrier, far},
			hops{home, answered}, want{-1, 1, 2, 0, probe.Unknown}},
		{"shared addresses only outside", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "", hops{home, carrier, far},
			hops{answered}, want{1, 1, 1, 1, probe.Unknown}},
		{"a carrier's NAT far away", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "", hops{home, carrier, far, isp},
			hops{home, carrier, far, answered}, want{-1, 2, 4, 0, probe.Yes}},
		{"a carrier's NAT that is silent", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "", hops{home, carrier, far},
			hops{home, carrier}, want{-1, 2, 0, 0, probe.Yes}},
		{"a router that takes a carrier's address for its own", "192.168.1.2:5", "203.0.113.7:5", probe.Yes,
			"203.0.113.7", hops{home, carrier, far}, hops{home, carrier}, want{-1, 2, 0, 0, probe.Yes}},
		{"a cloud, whose routers hide", "10.0.0.2:5", "203.0.113.7:5", probe.Yes, "", hops{none, carrier},
			hops{none, carrier}, atLeast(1)},
		{"on a carrier's network", "100.64.0.9:5", "203.0.113.7:5", probe.Yes, "", hops{home, far}, hops{answered},
			want{1, 1, 1, 1, probe.Yes}},
		// The control: packets have to end where their time to live does.
		{"a silent router", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "", hops{none, isp},
			hops{answered}, atLeast(1)},
		{"a firewall that is no hop", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "", hops{behind, isp},
			hops{answered}, atLeast(1)},
		{"a NAT that is a program", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "", hops{answered},
			hops{answered}, atLeast(1)},
		{"a router that renews the time to live", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "10.0.0.2",
			hops{home, answered}, hops{home, answered}, atLeast(2)},
	} {
		g := &probe.Gateway{Router: netip.MustParseAddr("192.168.1.1")}
		if test.external != "" {
			g.External, g.NATPMP = netip.MustParseAddr(test.external), probe.Yes
		}
		r := &probe.Result{NAT: test.nat, Local: netip.MustParseAddrPort(test.local),
			Mapped: netip.MustParseAddrPort(test.mapped)}
		n := probe.CountNATs(r, g, traceOf(test.server, test.own))
		got := want{-1, n.AtLeast, n.AtMost, n.Outermost, n.Carrier}
		if n.Count != nil {
			got.Count = *n.Count
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", test.name, n.Reason, diff)
		}
		if n.Reason == "" || strings.HasPrefix(n.Reason, ";") || strings.HasPrefix(n.Reason, ",") {
			t.Errorf("%s: the reason is %q", test.name, n.Reason)
		}
		t.Logf("%s: %s: %s", test.name, n.Words(), n.Reason)
	}
}

// The count says what its bounds rest on.
func TestNATsEvidence(t *testing.T) {
	type hops = []path.Hop
	home, behind, answered := exceeded("192.168.1.1"), exceeded("100.64.0.1"), path.Hop{Reached: true}
	for _, test := range []struct {
		name, external string
		nat            probe.Tristate
		server, own    hops
		count, carrier string
	}{
		{"none", "", probe.No, nil, nil, "certain: it rests on answers", "certain: it rests on answers"},
		{"unknown", "", probe.Unknown, nil, nil, "", ""},
		{"the router's word", "203.0.113.7", probe.Yes, nil, nil,
			"no less than 1: certain: it rests on answers; no more than 1: the router's own word",
			"the only NAT is the local router, which speaks a protocol of home routers"},
		{"an answer", "", probe.Yes, hops{home}, hops{answered},
			"no less than 1: certain: it rests on answers; no more than 1: it has answered for that address", ""},
		{"a shared address", "", probe.Yes, hops{home, behind}, hops{home, behind},
			"no less than 2: " + shared, shared},
		{"word and answer", "10.9.0.2", probe.Yes, hops{home, behind}, hops{home, answered},
			"no less than 2: the router's own word; " +
				"no more than 2: that owner has answered, and every NAT is taken to count as a hop", ""},
	} {
		g := &probe.Gateway{Router: netip.MustParseAddr("192.168.1.1")}
		if test.external != "" {
			g.External, g.NATPMP = netip.MustParseAddr(test.external), probe.Yes
		}
		udp := &probe.Result{NAT: test.nat, Local: netip.MustParseAddrPort("192.168.1.2:5"),
			Mapped: netip.MustParseAddrPort("203.0.113.7:5")}
		report := &probe.Report{NATs: probe.CountNATs(udp, g, traceOf(test.server, test.own))}
		got := map[string]string{}
		for _, fact := range report.Facts() {
			got[fact.Key] = fact.Sure
		}
		want := map[string]string{"nats.count": test.count, "nats.carrier": test.carrier}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
