// Package path finds out at which routers packets of this host end, and how far
// away the owner of an address is at most, without privileges. It traces IPv4.
package path

import (
	"context"
	"net/netip"
	"time"
)

const (
	// rounds is how often packets without an answer are sent again.
	rounds = 2
	// rest is how long a round waits at least, also after the last answer:
	// routers answer such packets when they have nothing better to do.
	rest = 60 * time.Millisecond
	// longestWait is how long it waits at most.
	longestWait = 400 * time.Millisecond
	// glance is the longest time until a trace sees that nobody waits for it
	// any more.
	glance = 50 * time.Millisecond
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
	hop Hop
}

// Follow finds out at which routers packets to the server, and to this host's own
// address as servers see it, end. It takes a few round trips to the server, of
// which the time may be given, and needs no privileges. A trace that is not
// possible says why.
func Follow(ctx context.Context, local, server, own netip.Addr, rtt time.Duration) Trace {
	if !local.Is4() || !server.Is4() || !own.Is4() {
		return Trace{Reason: "only IPv4 is traced"}
	}
	s, err := newTracer(local)
	if err != nil {
		return Trace{Reason: err.Error()}
	}
	defer s.close()
	return traceWith(ctx, s, server, own, rtt)
}

func traceWith(ctx context.Context, s tracer, server, own netip.Addr, rtt time.Duration) Trace {
	t := Trace{}
	for range rounds {
		// Where no router says anything at all, asking again is of no use.
		if !t.round(ctx, s, server, own, min(rest+2*rtt, longestWait)) {
			break
		}
	}
	return t
}

// round sends the packets without an answer again, waits for answers, and
// reports whether any came. Own goes first, so that a router that limits its
// answers gives it no fewer than the control.
func (t *Trace) round(ctx context.Context, s tracer, server, own netip.Addr, silence time.Duration) (some bool) {
	for i := range Farthest {
		if !t.Own[i].known() && s.send(own, i) {
			t.Sent++
		}
		if !t.Server[i].known() && s.send(server, i) {
			t.Sent++
		}
	}
	started := time.Now()
	until := started.Add(silence)
	for ctx.Err() == nil && time.Now().Before(until) {
		ends, err := s.receive(earlier(until, time.Now().Add(glance)))
		if err != nil {
			return some
		}
		for _, e := range ends {
			switch e.to {
			case own:
				t.Own[e.i] = e.hop
			case server:
				t.Server[e.i] = e.hop
			}
		}
		if len(ends) > 0 {
			some = true
			// Others may take twice as long as this one has.
			until = earlier(started.Add(longestWait), time.Now().Add(rest+2*time.Since(started)))
		}
	}
	return some
}

func (h Hop) known() bool { return h.Reached || h.Exceeded.IsValid() }

// said returns the meaning of an answer from one address about a packet to
// another, if it has one. An answer says that the time to live was exceeded, or
// something else. Only the destination itself can say that it was reached; other
// hosts can only say that they let nobody through. A destination that forwards a
// port to a host inside speaks in its own name for that host too: also when a
// packet has expired there, or on the way inside.
func said(from, to netip.Addr, exceeded bool) (Hop, bool) {
	switch {
	case from == to:
		return Hop{Reached: true}, true
	case exceeded:
		return Hop{Exceeded: from}, true
	}
	return Hop{}, false
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
