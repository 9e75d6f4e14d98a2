package probe

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/natproof/natproof/probe/path"
	"github.com/natproof/natproof/probe/router"
)

const (
	// timeUp and cutShort are why something is not determined.
	timeUp   = "the time was up"
	cutShort = "it was interrupted before this was settled"
)

// udpQuiet is how long UDP is without any answer when TCP begins beside it.
const udpQuiet = 600 * time.Millisecond

// measure measures UDP and TCP over one version of IP. TCP begins when UDP has all of
// its mappings: it is faster with a server that UDP has found suitable, and where a NAT
// numbers both from one row, TCP would disturb the order that UDP sees. Where UDP is
// silent, TCP disturbs nothing, and shows how long the way is. Why says that no server
// can be reached at all. Refuse is told what ends the run before anything is asked.
func (c Config) measure(
	ctx context.Context, servers []Server, version string, refuse context.CancelCauseFunc,
) (udp, tcp *Result, why string) {
	if len(servers) == 0 {
		return nil, nil, "no server to be asked over UDP and TCP has an address of IPv" + version
	}
	servers, unreached := onTheWay(ctx, servers)
	if len(servers) == 0 {
		return nil, nil, unreached[0].Server + ": " + unreached[0].Reason
	}
	if err := originOf(ctx).claim(ctx, servers[0].Endpoint.Addr(), !c.NoUDP, !c.NoTCP); err != nil {
		refuse(err)
		return nil, nil, err.Error()
	}
	w := &watch{heard: make(chan struct{}), mapped: make(chan *Result, 1), done: make(chan struct{})}
	var group sync.WaitGroup
	group.Go(func() {
		defer close(w.done)
		if c.NoUDP {
			return
		}
		c.Notify(Event{Protocol: "udp" + version})
		udp = c.udp(ctx, servers, w)
		udp.Refused = append(udp.Refused, unreached...)
		c.tell("udp"+version, udp)
	})
	first := w.first()
	select {
	case <-w.done:
		if first == nil && udp != nil && len(udp.deaf) > 0 {
			first = udp // it has all that it will have
		}
	default:
	}
	var traced path.Trace
	var tracing sync.WaitGroup
	looking, hurry := context.WithCancel(ctx)
	defer hurry()
	begun := time.Now()
	follow := func(r *Result) {
		if r == nil || r.NAT != Yes || c.NoRouter {
			return
		}
		local, server, own := r.Local.Addr(), r.home.Addr(), r.Mapped.Addr()
		tracing.Go(func() { traced = path.Follow(looking, local, server, own, time.Duration(r.RTT)) })
	}
	follow(first)
	if !c.NoTCP {
		group.Go(func() {
			c.Notify(Event{Protocol: "tcp" + version})
			tcp = c.tcp(ctx, servers, first, w)
			tcp.Refused = append(tcp.Refused, unreached...)
			c.tell("tcp"+version, tcp)
		})
	}
	<-w.done
	if first == nil {
		begun = time.Now()
		follow(udp)
	}
	wait := c.further(ctx, servers, version, udp)
	group.Wait()
	wait()
	if !c.PatientRouter {
		time.AfterFunc(time.Until(begun.Add(router.Least)), hurry)
	}
	tracing.Wait()
	if udp != nil {
		udp.path = traced
		if udp.Reachable && udp.NAT == Unknown && udp.Near == "" && fromInside(udp.Local.Addr()) &&
			tcp != nil && tcp.NAT == Yes {
			udp.NAT = Yes // an address that is none of the Internet is not so over TCP alone
		}
		switch {
		case interrupted(ctx):
		case udp.Reachable:
			judgeTCPSilence(udp, tcp)
		default:
			judgeSilence(ctx, udp, tcp)
		}
	}
	return udp, tcp, ""
}

func (c Config) tcp(ctx context.Context, servers []Server, udp *Result, w *watch) *Result {
	cfg := TCPConfig{Filtering: c.TCPFiltering, Hairpin: c.Hairpin, Expected: udp, way: &w.way}
	if udp == nil && !c.NoUDP {
		cfg.patience = silence(0, min(c.Timeout, maxSilence)) - udpQuiet
	}
	r := TCP(ctx, preferred(servers, udp), cfg)
	r.place(links())
	if interrupted(ctx) && (r.Mapping == NotDetermined || c.TCPFiltering && r.Filtering == NotDetermined) {
		r.Reason = cutShort
	}
	return r
}

// A watch is what is seen of a measurement of UDP while it goes on.
type watch struct {
	heard  chan struct{} // closed when something has come in at all
	mapped chan *Result  // what is known when no more mappings will be made
	done   chan struct{} // closed at the end
	way    atomic.Int64  // the round trip over TCP, 0 as long as it is not known
}

// first waits until UDP has all of its mappings, and returns what is known then. It
// returns nil where UDP is left out, or has no answer for so long that TCP begins.
func (w *watch) first() *Result {
	quiet := time.NewTimer(udpQuiet)
	defer quiet.Stop()
	select {
	case <-w.heard:
	case <-w.done:
	case <-quiet.C:
		return nil
	}
	select {
	case r := <-w.mapped:
		return r
	case <-w.done:
	}
	select {
	case r := <-w.mapped:
		return r
	default:
		return nil
	}
}

// tell hands out a copy, since more is learnt of a result later.
func (c Config) tell(protocol string, r *Result) {
	shown := *r
	c.Notify(Event{Protocol: protocol, Result: &shown})
}

const noRoute = "this host has no route to it"

// onTheWay sets the servers apart that this host has no route to.
func onTheWay(ctx context.Context, servers []Server) (reached []Server, unreached []Refusal) {
	for _, s := range servers {
		if _, err := originOf(ctx).toward(s.Endpoint.Addr()); err != nil {
			unreached = append(unreached, Refusal{s.name(), noRoute + ": " + err.Error()})
			continue
		}
		reached = append(reached, s)
	}
	return reached, unreached
}

func (c Config) udp(ctx context.Context, servers []Server, w *watch) *Result {
	t := Sockets(ctx).(*sockets)
	deadline, _ := ctx.Deadline()
	f := newField(&hearing{Transport: t, heard: w.heard}, servers, deadline)
	f.way = func() time.Duration {
		if t.forbids() {
			return 1 // there is none, and so nothing to wait for
		}
		return time.Duration(w.way.Load())
	}
	f.port = originOf(ctx).port
	f.strays = originOf(ctx).strays
	f.mapped = func(r *Result) { w.mapped <- r }
	r, err := f.measure()
	r.forbidden = t.forbids()
	for _, to := range r.deaf {
		if _, barred := t.barred.Load(to); barred {
			const why = "%v is not reached: this host may not send there, by a firewall or a route of its own"
			r.Reason = fmt.Sprintf(why, to)
		}
	}
	if interrupted(ctx) && (r.Mapping == NotDetermined || r.Filtering == NotDetermined) {
		r.Reason = cutShort
	}
	r.place(links())
	r.tracks = tracksConnections()
	if err = errors.Join(err, t.Close()); err != nil && r.Reason == "" {
		r.Reason = err.Error()
	}
	return r
}

// interrupted reports whether the caller has ended a run, which is not its time.
func interrupted(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }

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
	var lifetime *Lifetime
	var hairpin *Hairpin
	var fragments *Fragments
	onSockets := func(wanted bool, measure func(Transport) (reason *string)) {
		if !wanted {
			return
		}
		group.Go(func() {
			t := Sockets(ctx)
			if reason := measure(t); *reason == timeUp && interrupted(ctx) {
				*reason = cutShort
			}
			_ = t.Close() // what was sent and heard stands
		})
	}
	onSockets(c.Lifetime, func(t Transport) *string {
		lifetime = UDPLifetime(t, server, c.LifetimeMax,
			func(lived Span) { c.Notify(Event{Protocol: "udp" + version, Lived: &lived}) })
		return &lifetime.Reason
	})
	onSockets(c.Hairpin, func(t Transport) *string {
		hairpin = UDPHairpin(t, server, r)
		return &hairpin.Reason
	})
	onSockets(c.Fragments, func(t Transport) *string {
		fragments = UDPFragments(t, server)
		return &fragments.Reason
	})
	return func() {
		group.Wait()
		r.Lifetime, r.Hairpin, r.Fragments = lifetime, hairpin, fragments
	}
}
