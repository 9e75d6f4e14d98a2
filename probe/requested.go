package probe

import (
	"context"
	"sync"
	"time"
)

// further begins what follows from a result over UDP, and returns how to wait
// for it. Until then the result is left as it is: somebody may be reading it.
func (c Config) further(ctx context.Context, servers []Server, r *Result) (wait func()) {
	if r == nil || !r.Reachable {
		return func() {}
	}
	server := preferred(servers, r)[0]
	var group sync.WaitGroup
	var path trace
	var lifetime *Lifetime
	var hairpin *Hairpin
	var fragments *Fragments
	onSockets := func(wanted bool, measure func(Transport)) {
		if !wanted {
			return
		}
		group.Go(func() {
			t := Sockets(ctx)
			measure(t)
			_ = t.Close() // what was sent and heard stands
		})
	}
	onSockets(c.Lifetime, func(t Transport) { lifetime = UDPLifetime(t, server, c.LifetimeMax) })
	onSockets(c.Hairpin, func(t Transport) { hairpin = UDPHairpin(t, server, r) })
	onSockets(c.Fragments, func(t Transport) { fragments = UDPFragments(t, server) })
	if r.NAT == Yes && !c.NoRouter {
		group.Go(func() {
			path = traceHops(ctx, r.Local.Addr(), server.Endpoint.Addr(), r.Mapped.Addr(), time.Duration(r.RTT))
		})
	}
	return func() {
		group.Wait()
		r.path, r.Lifetime, r.Hairpin, r.Fragments = path, lifetime, hairpin, fragments
	}
}

// traced returns the trace of the way to the server; there may be none.
func (r *Result) traced() trace {
	if r == nil {
		return trace{}
	}
	return r.path
}
