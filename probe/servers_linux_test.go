package probe_test

import (
	"context"
	"fmt"
	"net/netip"
	"testing"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/probe/stun"
	"github.com/natproof/natproof/topology/sandboxtest"
)

// A name may lead to several addresses, of which the first need not answer, and a
// server without a route is passed over for the next one.
func TestFurtherAddresses(t *testing.T) {
	sandboxtest.RaiseLoopback(t)
	server, err := stun.Listen(stun.Config{Alternate: []netip.Addr{netip.MustParseAddr("127.0.0.2")}})
	check(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		check(t, <-ended)
	})
	here := server.Endpoints()[0]
	name := fmt.Sprintf("stun.example.org:%d", here.Port())
	for what, addrs := range map[string][]netip.Addr{
		"nobody answers at the first": {netip.MustParseAddr("127.0.0.9"), here.Addr()},
		"no route to the first":       {netip.MustParseAddr("203.0.113.200"), here.Addr()},
	} {
		r, err := probe.Probe(t.Context(), probe.Config{
			Servers: []string{name}, NoIPv6: true, NoRouter: true,
			Lookup: func(context.Context, string) ([]netip.Addr, error) { return addrs, nil },
		})
		check(t, err)
		for protocol, one := range map[string]*probe.Result{"udp4": r.UDP4, "tcp4": r.TCP4} {
			if one == nil || one.Mapping != probe.EndpointIndependent || one.Mapped.Addr() != here.Addr() {
				t.Errorf("%s: %s: %+v, %v, %v", what, protocol, one, r.Unmeasured, r.Refused)
			}
		}
	}
	// Alone, it is told why there is nothing.
	r, err := probe.Probe(t.Context(), probe.Config{Servers: []string{"203.0.113.200"}, NoRouter: true})
	check(t, err)
	if r.UDP4 != nil || r.Unmeasured["ipv4"] == "" || r.Unmeasured["ipv6"] == "" || r.Outcome() != probe.Unreached {
		t.Errorf("%+v", r)
	}
}
