package probe

import (
	"context"
	"errors"
	"sync"
	"time"
)

// udpQuiet is how long UDP is without any answer when TCP begins beside it.
const udpQuiet = 600 * time.Millisecond

// measure measures UDP and then TCP over one version of IP: TCP is faster with a
// server that UDP has found suitable, and where a NAT numbers both from one row,
// TCP would disturb the order that UDP sees. Where UDP is silent, TCP disturbs
// nothing and waits for nothing. Why says that no server can be reached at all.
func (c Config) measure(ctx context.Context, servers []Server, version string) (udp, tcp *Result, why string) {
	if len(servers) == 0 {
		return nil, nil, "no server to be asked over UDP and TCP has an address of IPv" + version
	}
	servers, unreached := onTheWay(servers)
	if len(servers) == 0 {
		return nil, nil, unreached[0].Server + ": " + unreached[0].Reason
	}
	var group sync.WaitGroup
	heard, done := make(chan struct{}), make(chan struct{})
	group.Go(func() {
		defer close(done)
		if c.NoUDP {
			return
		}
		c.Notify(Event{Protocol: "udp" + version})
		udp = c.udp(ctx, servers, heard)
		udp.Refused = append(udp.Refused, unreached...)
		c.tell("udp"+version, udp)
	})
	quiet := time.NewTimer(udpQuiet)
	defer quiet.Stop()
	select {
	case <-done:
	case <-heard:
		<-done
	case <-quiet.C:
	}
	if !c.NoTCP {
		group.Go(func() {
			list := servers
			select {
			case <-done:
				list = preferred(servers, udp)
			default:
			}
			c.Notify(Event{Protocol: "tcp" + version})
			tcp = TCP(ctx, list, TCPConfig{Filtering: c.TCPFiltering, Hairpin: c.Hairpin})
			tcp.Refused = append(tcp.Refused, unreached...)
			c.tell("tcp"+version, tcp)
		})
	}
	<-done
	wait := c.further(ctx, servers, version, udp)
	group.Wait()
	wait()
	// TCP that works to the same servers while UDP is silent tells a filter from a
	// broken line.
	if udp != nil && tcp != nil && !udp.Reachable && tcp.Reachable {
		udp.Classic = blocked
		udp.Reason = "UDP is blocked: " + udp.Reason + ", although TCP works"
	}
	return udp, tcp, ""
}

// tell hands out a copy, since more is learnt of a result later.
func (c Config) tell(protocol string, r *Result) {
	shown := *r
	c.Notify(Event{Protocol: protocol, Result: &shown})
}

// onTheWay sets the servers apart that this host has no route to.
func onTheWay(servers []Server) (reached []Server, unreached []Refusal) {
	for _, s := range servers {
		if _, err := localToward(s.Endpoint.Addr()); err != nil {
			unreached = append(unreached, Refusal{s.name(), "this host has no route to it: " + err.Error()})
			continue
		}
		reached = append(reached, s)
	}
	return reached, unreached
}

func (c Config) udp(ctx context.Context, servers []Server, heard chan struct{}) *Result {
	t := Sockets(ctx)
	deadline, _ := ctx.Deadline()
	r, err := UDP(&hearing{Transport: t, heard: heard}, servers, deadline)
	if err = errors.Join(err, t.Close()); err != nil && r.Reason == "" {
		r.Reason = err.Error()
	}
	return r
}

// A hearing is a Transport that tells when something has come in at all.
type hearing struct {
	Transport
	once  sync.Once
	heard chan struct{} // closed then
}

// Receive implements Transport.
func (h *hearing) Receive(until time.Time) (Arrival, bool) {
	a, ok := h.Transport.Receive(until)
	if ok {
		h.once.Do(func() { close(h.heard) })
	}
	return a, ok
}

// preferred puts the server that UDP was measured with first, with its other
// endpoint and its round trip.
func preferred(servers []Server, udp *Result) []Server {
	if udp == nil {
		return servers
	}
	var first, rest []Server
	for _, s := range servers {
		if unmap(s.Endpoint) == udp.home {
			s.Other, s.RTT = udp.other, time.Duration(udp.RTT)
			first = append(first, s)
		} else {
			rest = append(rest, s)
		}
	}
	return append(first, rest...)
}

// further begins what follows from a result over UDP, and returns how to wait
// for it. Until then the result is left as it is: somebody may be reading it.
func (c Config) further(ctx context.Context, servers []Server, version string, r *Result) (wait func()) {
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
	onSockets(c.Lifetime, func(t Transport) {
		lifetime = UDPLifetime(t, server, c.LifetimeMax,
			func(lived Span) { c.Notify(Event{Protocol: "udp" + version, Lived: &lived}) })
	})
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
