package probe

import (
	"context"
	"net/netip"
	"time"
)

const (
	// traceRounds is how often packets without an answer are sent again.
	traceRounds = 2
	// traceRest is how long a round waits at least, also after the last answer:
	// routers answer such packets when they have nothing better to do.
	traceRest = 60 * time.Millisecond
	// traceWait is how long it waits at most.
	traceWait = 400 * time.Millisecond
	// traceGlance is the longest time until a trace sees that nobody waits for it
	// any more.
	traceGlance = 50 * time.Millisecond
)

// A tracer sends packets that live for a given number of hops, and hears of
// their ends. How a program without privileges hears of them differs between
// systems.
type tracer interface {
	// send sends a packet that lives i+1 hops, and reports whether it could.
	send(to netip.Addr, i int) bool
	// receive returns the ends that it has heard of, or waits for them until then.
	// The list may be empty.
	receive(until time.Time) ([]end, error)
	close()
}

// An end is the outcome of the packet to an address that lived i+1 hops.
type end struct {
	to  netip.Addr
	i   int
	hop hop
}

// traceHops finds out at which routers packets to the server, and to this host's
// own address as servers see it, end. It takes a few round trips to the server,
// and needs no privileges.
func traceHops(ctx context.Context, local, server, own netip.Addr, rtt time.Duration) trace {
	if !local.Is4() || !server.Is4() || !own.Is4() {
		return trace{reason: "only IPv4 is traced"}
	}
	s, err := newTracer(local)
	if err != nil {
		return trace{reason: err.Error()}
	}
	defer s.close()
	return traceWith(ctx, s, server, own, rtt)
}

func traceWith(ctx context.Context, s tracer, server, own netip.Addr, rtt time.Duration) trace {
	t := trace{}
	for range traceRounds {
		// Where no router says anything at all, asking again is of no use.
		if !t.round(ctx, s, server, own, min(traceRest+2*rtt, traceWait)) {
			break
		}
	}
	return t
}

// round sends the packets without an answer again, waits for answers, and
// reports whether any came. Own goes first, so that a router that limits its
// answers gives it no fewer than the control.
func (t *trace) round(ctx context.Context, s tracer, server, own netip.Addr, silence time.Duration) (some bool) {
	for i := range farthest {
		if !t.own[i].known() && s.send(own, i) {
			t.sent++
		}
		if !t.server[i].known() && s.send(server, i) {
			t.sent++
		}
	}
	started := time.Now()
	until := started.Add(silence)
	for ctx.Err() == nil && time.Now().Before(until) {
		ends, err := s.receive(earlier(until, time.Now().Add(traceGlance)))
		if err != nil {
			return some
		}
		for _, e := range ends {
			switch e.to {
			case own:
				t.own[e.i] = e.hop
			case server:
				t.server[e.i] = e.hop
			}
		}
		if len(ends) > 0 {
			some = true
			// Others may take twice as long as this one has.
			until = earlier(started.Add(traceWait), time.Now().Add(traceRest+2*time.Since(started)))
		}
	}
	return some
}

func (h hop) known() bool { return h.reached || h.exceeded.IsValid() }

// said returns the meaning of an answer from one address about a packet to
// another, if it has one. An answer says that the time to live was exceeded, or
// something else. Only the destination itself can say that it was reached; other
// hosts can only say that they let nobody through. A destination that forwards a
// port to a host inside speaks in its own name for that host too: also when a
// packet has expired there, or on the way inside.
func said(from, to netip.Addr, exceeded bool) (hop, bool) {
	switch {
	case from == to:
		return hop{reached: true}, true
	case exceeded:
		return hop{exceeded: from}, true
	}
	return hop{}, false
}
