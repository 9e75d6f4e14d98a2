package probe_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/probe"
)

// A nat64 is a network of IPv6 behind which a simulated one of IPv4 is found under a
// prefix.
type nat64 struct {
	*sim
	prefix netip.Addr
}

func (n nat64) at(v4 netip.Addr) netip.Addr {
	b, own := n.prefix.As16(), v4.As4()
	copy(b[12:], own[:])
	return netip.AddrFrom16(b)
}

func (n nat64) Open(_ netip.Addr, port uint16) (probe.Socket, error) {
	s, err := n.sim.Open(hostAddr, port)
	send := s.Send
	s.Local = netip.AddrPortFrom(netip.MustParseAddr("2001:db8::2"), s.Local.Port())
	s.Send = func(to netip.AddrPort, payload []byte) {
		b := to.Addr().As16()
		if v4 := netip.AddrFrom4([4]byte(b[12:])); n.at(v4) == to.Addr() {
			send(netip.AddrPortFrom(v4, to.Port()), payload)
		}
	}
	return s, err
}

func (n nat64) Receive(until time.Time) (probe.Arrival, bool) {
	a, ok := n.sim.Receive(until)
	if ok {
		a.From = netip.AddrPortFrom(n.at(a.From.Addr()), a.From.Port())
	}
	return a, ok
}

// A server of IPv4 tells of a NAT64 what it tells of every NAT: its other address has the
// prefix that it is asked under.
func TestServerBehindNAT64(t *testing.T) {
	for _, prefix := range []string{"64:ff9b::", "2001:db8:64::"} {
		for _, truth := range single() {
			v := server(a1, a2, nil)
			n := nat64{newSim(t, 1, weather{rtt: 40 * time.Millisecond}, []*simServer{v}, truth.nats...),
				netip.MustParseAddr(prefix)}
			at := netip.AddrPortFrom(n.at(a1.Addr()), a1.Port())
			r, err := probe.UDP(n, []probe.Server{{Endpoint: at}}, n.now.Add(20*time.Second))
			check(t, err)
			want := found{truth.mapping, truth.filtering, probe.Yes}
			if diff := cmp.Diff(want, foundBy(r)); diff != "" || r.Near != "" {
				t.Errorf("%s, %s (-want +got):\n%s%s%s", prefix, truth.name, diff, r.Near, r.Reason)
			}
			report := &probe.Report{UDP6: r}
			if probe.Conclude(report); !strings.HasPrefix(report.Transition, "NAT64") {
				t.Errorf("%s, %s: %q", prefix, truth.name, report.Transition)
			}
		}
	}
}
