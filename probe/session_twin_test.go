package probe_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/refnat"
)

// A used network is one in which another program has talked to a server's endpoints,
// from the port that the first socket of some of the prober's sessions gets.
type used struct {
	*sim
	sessions int
	to       []netip.AddrPort
}

func (u *used) Open(server netip.Addr, port uint16) (probe.Socket, error) {
	s, err := u.sim.Open(server, port)
	if first := port == 0; first && u.sessions > 0 {
		u.sessions--
		for _, to := range u.to {
			u.outward(udpPacket(s.Local, to, []byte("something else")))
		}
	}
	return s, err
}

// A port that another program has opened toward the server lets answers from
// elsewhere in, and makes no filter look more open than it is.
func TestPortUsedBefore(t *testing.T) {
	ports := []netip.AddrPort{netip.AddrPortFrom(a1.Addr(), a2.Port()), a2}
	for _, test := range []struct {
		name              string
		filtering         refnat.Dependence
		sessions          int
		to                []netip.AddrPort
		mapping, filtered probe.Dependence
	}{
		{"all, once", refnat.AddressAndPortDependent, 1, ports,
			probe.EndpointIndependent, probe.AddressAndPortDependent},
		{"address, once", refnat.AddressDependent, 1, ports[1:], probe.EndpointIndependent, probe.AddressDependent},
		{"port, once", refnat.AddressAndPortDependent, 1, ports[:1],
			probe.EndpointIndependent, probe.AddressAndPortDependent},
		{"port, where that is no difference", refnat.AddressDependent, 1, ports[:1],
			probe.EndpointIndependent, probe.AddressDependent},
		// Each try finds such a port: then nothing is said of the filter.
		{"each time", refnat.AddressAndPortDependent, 2, ports, probe.EndpointIndependent, probe.NotDetermined},
		{"port, each time", refnat.AddressAndPortDependent, 2, ports[:1],
			probe.EndpointIndependent, probe.NotDetermined},
	} {
		v := server(a1, a2, nil)
		b := refnat.Behaviour{Filtering: test.filtering}
		s := &used{sim: newSim(t, 1, weather{rtt: 20 * time.Millisecond}, []*simServer{v}, b),
			sessions: test.sessions, to: test.to}
		r := measure(t, s, v)
		if r.Mapping != test.mapping || r.Filtering != test.filtered {
			t.Errorf("%s: mapping %v, filtering %v: %s", test.name, r.Mapping, r.Filtering, r.Reason)
		}
	}
}
