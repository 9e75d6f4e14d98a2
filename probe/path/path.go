// Package path finds out at which routers packets of this host end, and how far
// away the owner of an address is at most, without privileges. It traces IPv4.
package path

import (
	"context"
	"net/netip"
	"slices"
	"time"
)

const (
	// rest is how long a trace waits at least at its end, also after the last answer:
	// routers answer such packets when they have nothing better to do.
	rest = 60 * time.Millisecond
	// longestWait is how long it waits at most.
	longestWait = 400 * time.Millisecond
	// stride is how long it waits for near routers before it asks farther ones: as long as a
	// short way takes, and strideLeast.
	strideLeast, strideMost = 10 * time.Millisecond, 30 * time.Millisecond
	// mostPackets is how many there are at most: each is sent twice at most, or nearly so.
	mostPackets = 4 * Farthest
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
	f := follower{tracer: s, server: server, own: own, stride: min(strideLeast+rtt, strideMost)}
	f.goOut(ctx)
	silence := min(rest+2*rtt, longestWait)
	f.wait(ctx, f.asked, silence)
	f.ask(ctx, f.open(), silence)
	return f.Trace
}

// A follower sends the packets of a trace. Most NATs are near, so it begins there and goes
// on as far as it must.
type follower struct {
	Trace
	tracer      tracer
	server, own netip.Addr
	stride      time.Duration
	far         int // how far it went for the owner
	asked       []question
	broken      bool // nothing can be heard any more
}

// A question is a packet to an address that lives i+1 hops.
type question struct {
	to netip.Addr
	i  int
}

// strides are how far it goes each time.
var strides = []int{1, 2, 4, Farthest}

// near is how many hops the server is asked about beside: the owner is mostly no farther.
const near = 2

// goOut asks for the owner ever farther away, until it answers or is farther away than the
// server.
func (f *follower) goOut(ctx context.Context) {
	for _, far := range strides {
		if f.owner() >= 0 || f.Server[max(f.far-1, 0)].Reached || ctx.Err() != nil {
			break
		}
		var list []question
		for ; f.far < far; f.far++ {
			// Own goes first, so that a router that limits its answers gives it no fewer than
			// the control.
			list = append(list, question{f.own, f.far})
			if f.far < near {
				list = append(list, question{f.server, f.far})
			}
		}
		f.ask(ctx, list, f.stride)
	}
	f.ask(ctx, f.control(), f.stride)
}

// owner is the first place at which the owner has answered, -1 if it has not.
func (f *follower) owner() int {
	return slices.IndexFunc(f.Own[:], func(h Hop) bool { return h.Reached })
}

// control are the packets to the server that may show that packets end where the owner has
// answered, or farther on; none if one has.
func (f *follower) control() (list []question) {
	i := f.owner()
	if i < 0 || slices.ContainsFunc(f.Server[i:], Hop.ended) {
		return nil
	}
	for ; i < Farthest && len(list) < near; i++ {
		list = append(list, question{f.server, i})
	}
	return list
}

// open are the packets whose answers may have been lost, and would tell something.
func (f *follower) open() []question {
	if !slices.ContainsFunc(slices.Concat(f.Own[:], f.Server[:]), Hop.known) {
		return nil // where no router says anything at all, asking again is of no use
	}
	last := f.owner()
	for i := range f.Own {
		if f.owner() < 0 && f.Own[i].known() {
			last = i
		}
	}
	list := append([]question{{f.server, 0}}, f.control()...)
	for i := range max(last, 0) {
		list = append(list, question{f.own, i})
	}
	return slices.DeleteFunc(list, func(q question) bool { return f.at(q).known() })
}

func (f *follower) at(q question) *Hop {
	if q.to == f.own {
		return &f.Own[q.i]
	}
	return &f.Server[q.i]
}

// ask sends packets, and waits for their answers for a while.
func (f *follower) ask(ctx context.Context, list []question, silence time.Duration) {
	f.asked = append(f.asked, list...)
	for _, q := range list {
		if !f.broken && f.tracer.send(q.to, q.i) {
			f.Sent++
		}
	}
	f.wait(ctx, list, silence)
}

// done reports whether all is known that a trace can tell.
func (f *follower) done() bool {
	return f.owner() >= 0 && len(f.control()) == 0 && len(f.open()) == 0
}

// wait waits until all of these are answered, or nothing has come for a while.
func (f *follower) wait(ctx context.Context, list []question, silence time.Duration) {
	started := time.Now()
	until := started.Add(silence)
	missing := func(q question) bool { return !f.at(q).known() }
	for !f.broken && !f.done() && ctx.Err() == nil && slices.ContainsFunc(list, missing) && time.Now().Before(until) {
		ends, err := f.tracer.receive(earlier(until, time.Now().Add(glance)))
		f.broken = err != nil
		for _, e := range ends {
			if e.to == f.own || e.to == f.server {
				*f.at(question{e.to, e.i}) = e.hop
			}
		}
		if len(ends) > 0 {
			// Others may take twice as long as this one has.
			until = earlier(started.Add(longestWait), time.Now().Add(silence+2*time.Since(started)))
		}
	}
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
