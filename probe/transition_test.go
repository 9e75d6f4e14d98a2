package probe_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/natproof/natproof/probe"
)

// IPv4 over IPv6 is known by its addresses, and the advice there is none to forward a port.
func TestTransition(t *testing.T) {
	behind := func(local, mapped string) *probe.Result {
		return &probe.Result{Reachable: true, NAT: probe.Yes, Mapping: probe.EndpointIndependent,
			Filtering: probe.AddressAndPortDependent, Local: netip.MustParseAddrPort(local),
			Mapped: netip.MustParseAddrPort(mapped)}
	}
	gateway := func(external string) *probe.Gateway {
		return &probe.Gateway{Router: netip.MustParseAddr("192.168.1.1"), External: netip.MustParseAddr(external),
			How: "UPnP", UPnP: probe.Yes}
	}
	for name, test := range map[string]struct {
		report probe.Report
		want   string
	}{
		"a router with a tunnel": {probe.Report{UDP4: behind("192.168.1.7:5000", "198.51.100.1:5000"),
			Gateway: gateway("192.0.0.2")}, "DS-Lite: "},
		"a telephone": {probe.Report{UDP4: behind("192.0.0.4:5000", "198.51.100.1:5000"),
			Gateway: &probe.Gateway{}}, "464XLAT"},
		"IPv6 alone": {probe.Report{UDP6: behind("[2001:db8::7]:5000", "198.51.100.1:5000")}, "NAT64: "},
		"a home router": {probe.Report{UDP4: behind("192.168.1.7:5000", "198.51.100.1:5000"),
			Gateway: gateway("198.51.100.1")}, ""},
		"IPv6": {probe.Report{UDP6: behind("[2001:db8::7]:5000", "[2001:db8:7::1]:5000")}, ""},
	} {
		probe.Conclude(&test.report)
		forwards := strings.Contains(strings.Join(test.report.Prediction.Advice, " "), "forwarded by the router") ||
			strings.Contains(strings.Join(test.report.Prediction.Advice, " "), "Forward the port")
		if got := test.report.Transition; !strings.HasPrefix(got, test.want) || (got == "") != (test.want == "") ||
			forwards != (test.want == "") {
			t.Errorf("%s: %q, advice %q", name, got, test.report.Prediction.Advice)
		}
		if n := test.report.NATs; test.want == "DS-Lite: " && n.AtLeast != 2 ||
			n != nil && (n.Carrier == probe.Yes) != (test.want != "") {
			t.Errorf("%s: %+v", name, n)
		}
		// Whoever has IPv4 over IPv6 has IPv6, and one piece of advice to use it is enough.
		if said := strings.Join(test.report.Prediction.Advice, " "); strings.Contains(said, "no address of IPv6") ||
			strings.Count(said, "IPv6") > 1 {
			t.Errorf("%s: %s", name, said)
		}
	}
}
