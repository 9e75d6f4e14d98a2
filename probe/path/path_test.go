package path_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
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

// A trace goes no farther than it must, and asks once more only where an answer would tell
// something.
func TestTraceStrides(t *testing.T) {
	const rtt = 30 * time.Millisecond
	quick := 2 * time.Millisecond
	expired := path.Hop{Exceeded: traceHome}
	owner := func(at int) func(string, int, int) path.Hop {
		return func(to string, lives, _ int) path.Hop {
			if to == "own" && lives >= at {
				return path.Hop{Reached: true}
			}
			return expired
		}
	}
	for _, test := range []struct {
		name string
		// answer is the end of a packet to "own" or "server", by how long it lives and how
		// often it was sent before.
		answer func(to string, lives, before int) path.Hop
		sent   string
		within int
		took   time.Duration
	}{
		{"the first router owns it", owner(1), "own/1 server/1", 1, quick},
		{"the second one does", owner(2), "own/1 server/1 own/2 server/2", 2, 2 * quick},
		{"the sixth does", owner(6), "own/1 server/1 own/2 server/2 own/3 own/4 own/5 own/6 own/7 own/8 " +
			"server/6 server/7", 6, 5 * quick},
		{"an answer is lost", func(to string, lives, before int) path.Hop {
			if to == "own" && lives == 1 && before == 0 {
				return path.Hop{}
			}
			return owner(1)(to, lives, 0)
		}, "own/1 server/1 own/2 server/2 own/1", 1, path.StrideMost + path.Rest + 2*rtt + 5*quick},
		{"the server is near, and the owner silent", func(to string, lives, _ int) path.Hop {
			switch {
			case lives == 1:
				return expired
			case to == "server":
				return path.Hop{Reached: true}
			}
			return path.Hop{}
		}, "own/1 server/1 own/2 server/2", 0, path.StrideMost + path.Rest + 2*rtt + 4*quick},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sent []string
				p := &route{answer: func(to netip.Addr, lives int) (path.Hop, time.Duration) {
					name := "own"
					if to == traceServer {
						name = "server"
					}
					one, before := fmt.Sprintf("%s/%d", name, lives), 0
					for _, s := range sent {
						if s == one {
							before++
						}
					}
					sent = append(sent, one)
					return test.answer(name, lives, before), quick
				}}
				started := time.Now()
				trace := path.TraceWith(t.Context(), p.tracer(), traceServer, traceOwn, rtt)
				if diff := cmp.Diff(test.sent, strings.Join(sent, " ")); diff != "" || trace.Sent != len(sent) {
					t.Errorf("%d packets counted; sent (-want +got):\n%s", trace.Sent, diff)
				}
				if got := trace.Within(traceHome); got != test.within {
					t.Errorf("the owner is within %d hops, want %d", got, test.within)
				}
				if took := time.Since(started); took != test.took {
					t.Errorf("took %v, want %v", took, test.took)
				}
			})
		})
	}
}

// Where nobody answers, nothing is sent again, and the trace ends as soon as
// nobody needs it any more.
func TestTraceSilence(t *testing.T) {
	for _, test := range []struct {
		patience, want time.Duration
		sent           int
	}{
		{time.Minute, 4*path.StrideMost + path.LongestWait, path.Farthest + 2},
		{path.Glance, 2 * path.StrideMost, 4},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &route{answer: func(netip.Addr, int) (path.Hop, time.Duration) { return path.Hop{}, 0 }}
			ctx, cancel := context.WithTimeout(t.Context(), test.patience)
			defer cancel()
			started := time.Now()
			trace := path.TraceWith(ctx, p.tracer(), traceServer, traceOwn, time.Second)
			if took := time.Since(started); took != test.want || trace.Sent != test.sent {
				t.Errorf("with a patience of %v it took %v with %d packets", test.patience, took, trace.Sent)
			}
		})
	}
}

// A trace ends soon after nobody waits for it any more, or nothing can be heard,
// and has what it was told until then.
func TestTraceEnd(t *testing.T) {
	for hearable, want := range map[int]string{
		1: "192.168.1.1 - - - - - - -", 100: "192.168.1.1 192.168.1.1 192.168.1.1 - - - - -",
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &route{answer: func(_ netip.Addr, lives int) (path.Hop, time.Duration) {
				return path.Hop{Exceeded: traceHome}, time.Duration(lives) * 20 * time.Millisecond
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
