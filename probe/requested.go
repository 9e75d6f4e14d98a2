package probe

import (
	"context"
	"slices"
	"sync"
	"time"
)

// CheckServer returns what is wrong with the spelling of a server.
func CheckServer(server string) error {
	_, secure, err := ParseSecureServer(server)
	if !secure {
		_, _, err = ParseServer(server)
	}
	return err
}

// splitServers sets those apart that are asked over TLS or DTLS.
func splitServers(servers []string) (plain []string, secure []SecureServer, refused []Refusal) {
	for _, server := range servers {
		s, ok, err := ParseSecureServer(server)
		switch {
		case !ok:
			plain = append(plain, server)
		case err != nil:
			refused = append(refused, Refusal{server, err.Error()})
		default:
			secure = append(secure, s)
		}
	}
	return plain, secure, refused
}

// routed reports whether the way to a server over IPv4 can lead through a router.
// Who asks a server on this very host has no business with one.
func routed(servers []Server) bool {
	return slices.ContainsFunc(servers, func(s Server) bool {
		return s.Endpoint.Addr().Is4() && !s.Endpoint.Addr().IsLoopback()
	})
}

// lifetimeTime is how long measuring lifetimes takes at most: the longest
// candidate, and the time around it for streams and repetitions.
func (c Config) lifetimeTime() time.Duration {
	switch {
	case !c.Lifetime:
		return 0
	case c.LifetimeMax <= 0:
		return defaultLifetimeMax + 30*time.Second
	}
	return c.LifetimeMax + 30*time.Second
}

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
