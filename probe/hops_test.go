package probe_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/probe"
)

func TestCountNATs(t *testing.T) {
	type hops = []probe.Hop
	at := probe.Exceeded
	none := probe.Hop{}
	home, carrier, isp, far := at("192.168.1.1"), at("100.64.0.1"), at("198.51.100.1"), at("198.51.100.2")
	server := hops{home, isp, far}
	type want struct {
		Count, AtLeast, Outermost int
		Carrier                   probe.Tristate
	}
	for _, test := range []struct {
		name          string
		local, mapped string
		nat           probe.Tristate
		external      string
		server, own   hops
		want          want
	}{
		{"no NAT", "203.0.113.7:5", "203.0.113.7:5", probe.No, "", nil, nil, want{0, 0, 0, probe.No}},
		{"unknown", "192.168.1.2:5", "203.0.113.7:5", probe.Unknown, "", nil, nil, want{-1, 0, 0, probe.Unknown}},
		{"nothing but a NAT", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "", nil, nil, want{-1, 1, 0, probe.Unknown}},
		{"the router has the address", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "203.0.113.7", nil, nil, want{1, 1, 0, probe.No}},
		{"the router has another", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "10.9.0.2", nil, nil, want{-1, 2, 0, probe.Unknown}},
		{"the router has a shared one", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "100.64.0.2", nil, nil, want{-1, 2, 0, probe.Yes}},
		{"the first hop is silent to its own", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "", server, nil, want{1, 1, 1, probe.No}},
		{"the first hop answers for its own", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "", hops{none}, hops{probe.Answered(), probe.Answered()}, want{1, 1, 1, probe.No}},
		{"a silent router", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "", hops{none, isp}, nil, want{-1, 1, 0, probe.Unknown}},
		{"a carrier's NAT", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "", hops{home, carrier, far}, hops{home}, want{2, 2, 2, probe.Yes}},
		{"a carrier's NAT far away", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "", hops{home, carrier, far, isp}, hops{home, carrier, far}, want{-1, 2, 4, probe.Yes}},
		{"on a carrier's network", "100.64.0.9:5", "203.0.113.7:5", probe.Yes, "", hops{carrier, far}, nil, want{1, 1, 1, probe.Yes}},
		{"a second private router", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "", hops{home, at("10.0.0.1"), far}, hops{home}, want{-1, 1, 2, probe.Unknown}},
		{"a second private router that is known", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "10.0.0.2", hops{home, at("10.0.0.1"), far}, hops{home}, want{2, 2, 2, probe.Unknown}},
		{"lost in between", "192.168.1.2:5", "203.0.113.7:5", probe.Yes, "", hops{home, carrier, none}, hops{home, carrier}, want{-1, 1, 0, probe.Unknown}},
	} {
		g := &probe.Gateway{}
		if test.external != "" {
			g.External = netip.MustParseAddr(test.external)
		}
		r := &probe.Result{NAT: test.nat, Local: netip.MustParseAddrPort(test.local), Mapped: netip.MustParseAddrPort(test.mapped)}
		n := probe.CountNATs(r, g, probe.NewTrace(test.server, test.own))
		got := want{-1, n.AtLeast, n.Outermost, n.Carrier}
		if n.Count != nil {
			got.Count = *n.Count
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", test.name, n.Reason, diff)
		}
		if n.Reason == "" {
			t.Errorf("%s: no reason", test.name)
		}
	}
}
