package probe_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

// A server of the Internet that sees all clients as an address of its own network
// stands behind a proxy, and tells of that: it is not used.
func TestProxiedServer(t *testing.T) {
	next := uint16(30000)
	lie := func(a *simAnswer) {
		next++
		a.mapped = netip.AddrPortFrom(netip.MustParseAddr("172.18.0.1"), next)
		a.from = a.at // the proxy's, which is to be told by what the server sees
		a.origin = netip.MustParseAddrPort("172.18.0.2:3478")
	}
	for _, proxied := range []*simServer{server(a1, a2, lie), // and one that is nearer than the Internet
		server(netip.MustParseAddrPort("192.168.7.1:3478"), netip.MustParseAddrPort("192.168.7.2:3479"), lie)} {
		for _, truth := range single() {
			honest := server(b1, b2, nil)
			s := newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{proxied, honest}, truth.nats...)
			r := measure(t, s, proxied)
			if foundBy(r) != (found{}) || !strings.Contains(r.Reason, "172.18.0.1") {
				t.Errorf("%s: %+v: %s", truth.name, foundBy(r), r.Reason)
			}
			r = measure(t, s, proxied, honest)
			if r.Mapping != truth.mapping || r.Filtering != truth.filtering || !refusedFor(r, "172.18.0.1") {
				t.Errorf("%s: %v, %v: %s", truth.name, r.Mapping, r.Filtering, r.Reason)
			}
		}
	}
}

// A server whose other address is beside the NAT's answers from there, and hides nobody.
func TestServerBesideNAT(t *testing.T) {
	for _, truth := range single() {
		v := server(a1, netip.MustParseAddrPort("198.51.100.77:3479"), nil)
		r := measure(t, newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{v}, truth.nats...), v)
		if r.Mapping != truth.mapping || r.Filtering != truth.filtering {
			t.Errorf("%s: %v, %v: %s", truth.name, r.Mapping, r.Filtering, r.Reason)
		}
	}
}

// A view that no server of the Internet can have is not believed.
func TestImpossibleView(t *testing.T) {
	for seen, want := range map[string]string{
		a1.Addr().String(): "as itself", "2001:db8::7": "asked over IPv4",
		"::ffff:172.18.0.1": "no address of the Internet",
		"127.0.0.1":         "no address of the Internet", "192.0.0.4": "no address of the Internet",
		"100.64.1.1": "no address of the Internet", "169.254.1.1": "no address of the Internet",
		"224.0.0.1": "address of no host", "240.0.0.1": "address of no host", "0.0.0.0": "what address it sees",
	} {
		addr := netip.MustParseAddr(seen)
		v := server(a1, a2, func(a *simAnswer) { a.mapped = netip.AddrPortFrom(addr, a.mapped.Port()) })
		r := measure(t, newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{v}, refnat.Behaviour{}), v)
		if r.NAT != probe.Unknown || r.Mapping != probe.NotDetermined || !strings.Contains(r.Reason, want) {
			t.Errorf("%s: NAT %v, %v: %q, want %q", seen, r.NAT, r.Mapping, r.Reason, want)
		}
	}
}

// That a server of the Internet sees an address that is none of it is some device's word, and
// no proof that there is no NAT. One address of two that is left as it was tells all.
func TestOwnAddressFromAfar(t *testing.T) {
	home, other := netip.MustParseAddrPort("9.9.9.1:3478"), netip.MustParseAddrPort("9.9.9.2:3479")
	for _, truth := range append(single(), others()[:2]...) {
		for _, both := range []bool{true, false} {
			v := server(home, other, func(a *simAnswer) {
				inside := netip.AddrPortFrom(hostAddr, a.mapped.Port())
				if a.clear = a.mapped; both {
					a.clear = inside
				}
				a.mapped = inside
			})
			r := measure(t, newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{v}, truth.nats...), v)
			want := found{truth.mapping, truth.filtering, truth.nat}
			if both || truth.nat == probe.No {
				want = found{}
			}
			if foundBy(r) != want || r.Near != "" || want.NAT == probe.Yes && r.ALG != probe.Yes ||
				want.NAT == probe.Unknown && !strings.Contains(r.Reason, "this host's own address, 10.0.0.2, which") {
				t.Errorf("%s: %+v, want %+v, ALG %v: %s %s", truth.name, foundBy(r), want, r.ALG, r.Near, r.Reason)
			}
		}
	}
}

// A server in a private network or on this host is measured with, and nothing follows
// for the Internet.
func TestNearServer(t *testing.T) {
	for primary, other := range map[string]string{
		"192.168.7.1:3478": "192.168.7.2:3479", "127.0.0.1:3478": "127.0.0.2:3479",
		"100.64.0.1:3478": "100.64.0.9:3479", "100.64.0.2:3478": "10.1.0.2:3479",
	} {
		v := server(netip.MustParseAddrPort(primary), netip.MustParseAddrPort(other), nil)
		r := measure(t, newSim(t, 1, weather{rtt: time.Millisecond}, []*simServer{v}), v)
		report := &probe.Report{UDP4: r, Gateway: &probe.Gateway{}}
		probe.Conclude(report)
		if n := report.NATs; n.Count != nil || n.Carrier != probe.Unknown || n.Reason != r.Near {
			t.Errorf("%s: %+v", primary, n)
		}
		if r.NAT != probe.No || r.Filtering != probe.EndpointIndependent || r.Near == "" || r.Classic != "" ||
			report.Prediction.Incoming != probe.Unknown {
			t.Errorf("%s: %q, %q, %+v", primary, r.Near, r.Classic, report.Prediction)
		}
	}
}

// A proxy that rewrites sources is told from a server that ignores CHANGE-REQUEST by
// where the server says that it answered from.
func TestRewritingProxy(t *testing.T) {
	v := server(a1, a2, nil)
	s := newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{v}, refnat.Behaviour{})
	r, err := probe.UDP(rewriting{s}, []probe.Server{{Endpoint: a1}}, s.now.Add(20*time.Second))
	check(t, err)
	if r.Filtering != probe.NotDetermined || !strings.Contains(r.Reason, "a proxy") ||
		strings.Contains(r.Reason, "ignores") {
		t.Errorf("%v: %s", r.Filtering, r.Reason)
	}
}

// A rewriting network lets all answers seem to come from one endpoint.
type rewriting struct{ *sim }

func (r rewriting) Receive(until time.Time) (probe.Arrival, bool) {
	a, ok := r.sim.Receive(until)
	a.From = a1
	return a, ok
}
