package lab

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology/packet"
)

// The states of a connection that specs name (RFC 9293, Section 3.3.2).
const (
	Established = "ESTABLISHED"
	SYNSent     = "SYN-SENT"
	FINWait2    = "FIN-WAIT-2"
	Closed      = "CLOSED"
)

// Begin starts to connect and does not wait: it returns EINPROGRESS.
func (s *Socket) Begin(to netip.AddrPort) Returned {
	text := fmt.Sprintf("connect(%d, %s) without waiting", s.number, to)
	return s.simple(text, func() error { return s.sys.begin(to) })
}

// Finish waits until what Begin has started has come to an end.
func (s *Socket) Finish(ctx context.Context) Returned {
	ctx, cancel := context.WithTimeout(ctx, callPatience)
	defer cancel()
	text := fmt.Sprintf("getsockopt(%d, SO_ERROR) after poll", s.number)
	return s.machine.lab.awaited(s.call(text, true, func() (Returned, error) {
		return Returned{}, s.sys.finish(ctx)
	}))
}

// State returns the state of a connection, and whether all that was sent is
// acknowledged is in the step.
func (s *Socket) State() string {
	ginkgo.GinkgoHelper()
	state, _ := s.info()
	return state
}

// Acknowledged reports whether the other side has acknowledged all that was sent. It is
// no step.
func (s *Socket) Acknowledged() bool {
	_, unacked, err := s.sys.state()
	return err == nil && unacked == 0
}

// Unacknowledged counts the segments that the other side has not acknowledged.
func (s *Socket) Unacknowledged() int {
	ginkgo.GinkgoHelper()
	_, unacked := s.info()
	return unacked
}

func (s *Socket) info() (state string, unacked int) {
	ginkgo.GinkgoHelper()
	s.machine.lab.must(s.call(fmt.Sprintf("getsockopt(%d, TCP_INFO)", s.number), false, func() (Returned, error) {
		var err error
		state, unacked, err = s.sys.state()
		return Returned{call: fmt.Sprintf("%s, %d segments not acknowledged", state, unacked)}, err
	}))
	return state, unacked
}

// Deafen has the kernel drop all that comes for the socket from now on, as a filter or
// a broken cable does.
func (s *Socket) Deafen() {
	ginkgo.GinkgoHelper()
	s.machine.lab.must(s.simple(fmt.Sprintf("setsockopt(%d, SO_ATTACH_FILTER, drop)", s.number), s.sys.deafen))
}

// Soon bounds the time of a call, after controls have passed on the same path, to what a
// packet may need that they have overtaken.
func (l *Lab) Soon(ctx context.Context) (context.Context, context.CancelFunc) {
	_, grace := l.world.patience()
	return context.WithTimeout(ctx, grace)
}

// Quiet receives what has come by now, after controls have passed on the same path: its
// error is Waiting when nothing has.
func (s *Socket) Quiet(ctx context.Context) Returned {
	_, grace := s.machine.lab.world.patience()
	if s.protocol == packet.TCP && s.State() == "LISTEN" {
		return s.accept(ctx, grace)
	}
	return s.receive(ctx, grace)
}

// A Connection is one of TCP between two machines, as the programs at its ends
// have it.
type Connection struct{ Client, Server *Socket }

// Connection connects a fresh socket with a listening one, and is a premise.
func (l *Lab) Connection(ctx context.Context, client *Machine, server *Socket, at netip.AddrPort) Connection {
	ginkgo.GinkgoHelper()
	s := client.TCP()
	l.PremiseWorked(s.Connect(ctx, at))
	accepted := l.PremiseWorked(server.Accept(ctx))
	return Connection{s, accepted.Socket}
}

// stateCheck is how often a kernel is asked for what it tells nobody by itself.
const stateCheck = time.Millisecond

// Reaches waits until a connection has come to a state and returns the one that it has
// come to in the end.
func (s *Socket) Reaches(ctx context.Context, state string) string {
	ginkgo.GinkgoHelper()
	s.machine.lab.Await(ctx, func() bool {
		now, _, err := s.sys.state()
		return err != nil || now == state
	})
	return s.State()
}

// Await waits until something is true that no call waits for, or the patience with a call
// is over. What is so in the end is for the spec to see.
func (l *Lab) Await(ctx context.Context, is func() bool) {
	ctx, cancel := context.WithTimeout(ctx, callPatience)
	defer cancel()
	defer bench.waiting()()
	check := time.NewTicker(stateCheck)
	defer check.Stop()
	for !is() {
		select {
		case <-ctx.Done():
			l.doubt.silent = true
			return
		case <-check.C:
		}
	}
}

// Segments returns the segments of TCP that one side of the NAT has seen since a packet
// of that number, those of a port: who sent them, X or Y, and their flags. One that was
// sent again is there once.
func (l *Lab) Segments(inside bool, since int, port uint16) []string {
	ginkgo.GinkgoHelper()
	var seen []string
	known := map[string]bool{}
	for _, p := range l.Traffic()[since:] {
		if p.TCP == nil || p.Inside != inside || p.Source.Port() != port && p.Destination.Port() != port {
			continue
		}
		sender := "Y"
		if p.Outgoing != inside {
			sender = "X"
		}
		key := fmt.Sprint(sender, p.TCP.Flags, p.TCP.Seq, p.TCP.Ack, len(p.Payload))
		if !known[key] {
			known[key] = true
			seen = append(seen, fmt.Sprintf("%s %s", sender, p.TCP.Flags))
		}
	}
	return seen
}

// SeenToward returns the source that the outside sees of the last packet to an endpoint.
func (l *Lab) SeenToward(to netip.AddrPort) netip.AddrPort {
	ginkgo.GinkgoHelper()
	for _, p := range slices.Backward(l.Traffic()) {
		if !p.Inside && p.Outgoing && p.Destination == to {
			return p.Source
		}
	}
	l.Inconclusive(fmt.Sprintf("control: nothing has left the NAT toward %s", to))
	return netip.AddrPort{}
}
