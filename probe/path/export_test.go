package path

import (
	"context"
	"net/netip"
	"strings"
	"time"
)

// These are open to the tests, which are outside of the package since they use
// namespaces and NATs.

type (
	Tracer = tracer
	End    = end
)

const (
	Rest        = rest
	LongestWait = longestWait
	StrideMost  = strideMost
	Glance      = glance
)

// NewEnd is the end of the packet to an address that lived the given number of
// hops.
func NewEnd(to netip.Addr, lived int, h Hop) End { return end{to, lived - 1, h} }

// Words puts a hop into words.
func (h Hop) Words() string {
	switch {
	case h.Reached:
		return "reached"
	case h.Exceeded.IsValid():
		return h.Exceeded.String()
	}
	return "-"
}

// Hop is the outcome of a packet, Lived how many hops it had.
func (e End) Hop() Hop       { return e.hop }
func (e End) Lived() int     { return e.i + 1 }
func (e End) To() netip.Addr { return e.to }

// Ends are the outcomes of the packets to the server and to this host's own
// address, in words.
func (t Trace) Ends() (server, own string) { return ends(t.Server[:]), ends(t.Own[:]) }

func ends(hops []Hop) string {
	var words []string
	for _, h := range hops {
		words = append(words, h.Words())
	}
	return strings.Join(words, " ")
}

// NewTracer is how this system traces.
func NewTracer(local netip.Addr) (Tracer, error) { return newTracer(local) }

func TraceWith(ctx context.Context, s Tracer, server, own netip.Addr, rtt time.Duration) Trace {
	return traceWith(ctx, s, server, own, rtt)
}

// Send, Receive and Close are a tracer's methods.
func Send(s Tracer, to netip.Addr, lives int) bool { return s.send(to, lives-1) }

func Receive(s Tracer, until time.Time) ([]End, error) { return s.receive(until) }

func Close(s Tracer) { s.close() }

// A FakeTracer is a tracer of two functions.
type FakeTracer struct {
	OnSend    func(to netip.Addr, lives int) bool
	OnReceive func(until time.Time) ([]End, error)
}

func (f FakeTracer) send(to netip.Addr, i int) bool         { return f.OnSend(to, i+1) }
func (f FakeTracer) receive(until time.Time) ([]end, error) { return f.OnReceive(until) }
func (f FakeTracer) close()                                 {}
