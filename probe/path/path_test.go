package path_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/probe/path"
)

var (
	traceServer = netip.MustParseAddr("203.0.113.11")
	traceOwn    = netip.MustParseAddr("203.0.113.1")
	traceHome   = netip.MustParseAddr("192.168.1.1")
)

// A route answers the packets sent to it, some time later, and keeps a list of
// them.
type route struct {
	sent   []string
	answer func(to netip.Addr, lives int) (path.Hop, time.Duration)
	queue  map[time.Time][]path.End
}

func (p *route) tracer() path.Tracer {
	p.queue = map[time.Time][]path.End{}
	return path.FakeTracer{OnSend: func(to netip.Addr, lives int) bool {
		p.sent = append(p.sent, fmt.Sprintf("%v/%d", to, lives))
		if hop, after := p.answer(to, lives); hop != (path.Hop{}) {
			at := time.Now().Add(after)
			p.queue[at] = append(p.queue[at], path.NewEnd(to, lives, hop))
		}
		return true
	}, OnReceive: func(until time.Time) ([]path.End, error) {
		next := until
		for at := range p.queue {
			if at.Before(next) {
				next = at
			}
		}
		time.Sleep(time.Until(next))
		ends := p.queue[next]
		delete(p.queue, next)
		return ends, nil
	}}
}

// A packet without an answer is sent once more, to this host's own address
// first. The wait is as long as other answers have taken.
func TestTraceRounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rtt = 30 * time.Millisecond
		home := path.Hop{Exceeded: traceHome}
		p := &route{answer: func(to netip.Addr, lives int) (path.Hop, time.Duration) {
			switch {
			case to == traceServer && lives == 1:
				return home, 10 * time.Millisecond
			case to == traceOwn && lives > 6:
				return path.Hop{Reached: true}, rtt
			}
			return path.Hop{}, 0
		}}
		started := time.Now()
		trace := path.TraceWith(t.Context(), p.tracer(), traceServer, traceOwn, rtt)
		server, own := trace.Ends()
		if server != "192.168.1.1 - - - - - - -" || own != "- - - - - - reached reached" {
			t.Errorf("to the server %s, to its own address %s", server, own)
		}
		var want []string
		for lives := 1; lives <= path.Farthest; lives++ {
			want = append(want, fmt.Sprintf("%v/%d", traceOwn, lives), fmt.Sprintf("%v/%d", traceServer, lives))
		}
		for lives := 1; lives <= path.Farthest; lives++ {
			if lives <= 6 {
				want = append(want, fmt.Sprintf("%v/%d", traceOwn, lives))
			}
			if lives > 1 {
				want = append(want, fmt.Sprintf("%v/%d", traceServer, lives))
			}
		}
		if diff := cmp.Diff(want, p.sent); diff != "" || trace.Sent != len(want) {
			t.Errorf("%d packets counted; sent (-want +got):\n%s", trace.Sent, diff)
		}
		// The last answer of the first round came after rtt, the second round had no
		// answer.
		first, second := rtt+path.Rest+2*rtt, path.Rest+2*rtt
		if took := time.Since(started); took != first+second {
			t.Errorf("took %v, want %v", took, first+second)
		}
	})
}

// Where nobody answers, nothing is sent again, and the trace ends as soon as
// nobody needs it any more.
func TestTraceSilence(t *testing.T) {
	for patience, want := range map[time.Duration]time.Duration{
		time.Minute: path.LongestWait, path.Glance + 1: 2 * path.Glance,
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &route{answer: func(netip.Addr, int) (path.Hop, time.Duration) { return path.Hop{}, 0 }}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			started := time.Now()
			trace := path.TraceWith(ctx, p.tracer(), traceServer, traceOwn, time.Second)
			if took := time.Since(started); took != want || trace.Sent != 2*path.Farthest {
				t.Errorf("with a patience of %v it took %v with %d packets", patience, took, trace.Sent)
			}
		})
	}
}

// A trace ends soon after nobody waits for it any more, or nothing can be heard,
// and has what it was told until then.
func TestTraceEnd(t *testing.T) {
	for hearable, want := range map[int]string{
		3: "reached reached reached - - - - -", 100: "reached reached reached reached - - - -",
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &route{answer: func(_ netip.Addr, lives int) (path.Hop, time.Duration) {
				return path.Hop{Reached: true}, time.Duration(lives) * 20 * time.Millisecond
			}}
			tracer := p.tracer().(path.FakeTracer)
			receive, heard := tracer.OnReceive, 0
			tracer.OnReceive = func(until time.Time) ([]path.End, error) {
				if heard++; heard > hearable {
					return nil, net.ErrClosed
				}
				return receive(until)
			}
			const patience = 70 * time.Millisecond
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			started := time.Now()
			trace := path.TraceWith(ctx, tracer, traceServer, traceOwn, time.Second)
			if took := time.Since(started); took > patience+path.Glance {
				t.Errorf("with %d receipts it took %v", hearable, took)
			}
			if _, own := trace.Ends(); own != want {
				t.Errorf("with %d receipts %s, want %s", hearable, own, want)
			}
		})
	}
}

func TestTraceIPv4Only(t *testing.T) {
	loopback := netip.IPv6Loopback()
	trace := path.Follow(t.Context(), loopback, loopback, loopback, 0)
	if trace.Sent > 0 || trace.Reason != "only IPv4 is traced" {
		t.Errorf("%d packets, %q", trace.Sent, trace.Reason)
	}
}
