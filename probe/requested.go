package probe

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
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

func askAllSecurely(ctx context.Context, servers []SecureServer) []*Secure {
	answers := make([]*Secure, len(servers))
	var group sync.WaitGroup
	for i, server := range servers {
		group.Go(func() { answers[i] = AskSecurely(ctx, server) })
	}
	group.Wait()
	return answers
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
	onSockets(c.Hairpin, func(t Transport) { hairpin = UDPHairpin(t, server) })
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

// writeFurther writes what is not of one protocol only, and what was asked for.
func writeFurther(b *strings.Builder, r *Report) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fact := func(name, format string, values ...any) {
		fmt.Fprintf(t, "  %s\t%s\n", name, strings.TrimSuffix(fmt.Sprintf(format, values...), " ()"))
	}
	if g := r.Gateway; g != nil && g.Router.IsValid() {
		fmt.Fprintf(t, "Local router\n")
		fact("address", "%v", g.Router)
		fact("UPnP, NAT-PMP, PCP", "%v, %v, %v (%s)", g.UPnP, g.NATPMP, g.PCP, g.Reason)
		if g.External.IsValid() {
			fact("outside address", "%v, by %s", g.External, g.How)
		}
	}
	if n := r.NATs; n != nil && n.AtLeast > 0 {
		fact("NATs in a row", "%s (%s)", n.Words(), n.Reason)
		fact("carrier NAT", "%v", n.Carrier)
	}
	for _, one := range r.named() {
		f := one.Result
		if f.Lifetime != nil || f.Hairpin != nil || f.Fragments != nil {
			fmt.Fprintf(t, "%s, on request\n", one.Name)
		}
		if l := f.Lifetime; l != nil {
			fact("lifetime after a stream", "%v (%s)", l.Stream, l.Reason)
			fact("lifetime after one exchange", "%v", l.Single)
			fact("outbound, inbound packets refresh", "%v, %v", l.Outbound, l.Inbound)
		}
		if h := f.Hairpin; h != nil {
			fact("hairpinning", "%v, source %s (%s)", h.Works, orNone(h.Source), h.Reason)
		}
		if g := f.Fragments; g != nil {
			fact("fragments out, in", "%v, %v (%s)", g.Outbound, g.Inbound, g.Reason)
		}
	}
	for _, s := range r.Secure {
		fmt.Fprintf(t, "%s\n", s.Server)
		if s.Reachable {
			fact(s.Version, "local %v, mapped %v, NAT %v, round trip %v", s.Local, s.Mapped, s.NAT, s.RTT)
		} else {
			fact("not reached", "%s", s.Reason)
		}
	}
	_ = t.Flush() // a strings.Builder takes everything
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
