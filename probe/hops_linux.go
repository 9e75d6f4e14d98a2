package probe

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// tracePort is what the first packet of a trace goes to, each further one a
	// port higher: traceroute's, where nobody listens.
	tracePort = 33434
	// traceRounds is how often what was not answered is sent again.
	traceRounds = 2
	// traceRest is how long a round waits at least, also after the last answer:
	// routers answer such packets when they have nothing better to do.
	traceRest = 60 * time.Millisecond
	// traceWait is how long it waits at most.
	traceWait = 400 * time.Millisecond

	icmpUnreachable  = 3
	icmpTimeExceeded = 11
)

// traceHops finds out at which routers packets to the server, and to this host's
// own address as servers see it, end. It takes a few round trips to the server,
// and needs no privileges: the kernel hands a socket the ICMP errors about its
// packets.
func traceHops(ctx context.Context, local, server, own netip.Addr, rtt time.Duration) trace {
	t := trace{}
	if !local.Is4() || !server.Is4() || !own.Is4() {
		t.reason = "only IPv4 is traced"
		return t
	}
	s, err := newTracer(local)
	if err != nil {
		t.reason = err.Error()
		return t
	}
	defer unix.Close(s.fd)
	for range traceRounds {
		// Where no router says anything at all, asking again is of no use.
		if !s.round(ctx, &t, server, own, min(traceRest+2*rtt, traceWait)) {
			break
		}
	}
	return t
}

// A tracer is a socket whose packets' ends it is told of.
type tracer struct{ fd int }

func newTracer(local netip.Addr) (tracer, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.IPPROTO_UDP)
	if err != nil {
		return tracer{}, fmt.Errorf("opening a socket: %w", err)
	}
	err = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_RECVERR, 1)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrInet4{Addr: local.As4()})
	}
	if err != nil {
		return tracer{}, errors.Join(fmt.Errorf("preparing a socket: %w", err), unix.Close(fd))
	}
	return tracer{fd}, nil
}

// round sends what is not answered yet, waits for what comes back, and reports
// whether something did. Own goes first, so that a router that answers only so
// many gives it no less than the control.
func (s tracer) round(ctx context.Context, t *trace, server, own netip.Addr, silence time.Duration) (some bool) {
	for i := range farthest {
		if !t.own[i].known() {
			t.sent += s.send(own, i)
		}
		if !t.server[i].known() {
			t.sent += s.send(server, i)
		}
	}
	started := time.Now()
	until := started.Add(silence)
	for ctx.Err() == nil && time.Now().Before(until) {
		wait := min(time.Until(until), 50*time.Millisecond)
		// Errors alone are waited for, which poll always does.
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(s.fd)}}, int(wait/time.Millisecond)+1)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return some
		}
		if n > 0 && s.receive(t, server, own) {
			some = true
			// Others may take twice as long as this one has.
			until = earlier(started.Add(traceWait), time.Now().Add(traceRest+2*time.Since(started)))
		}
	}
	return some
}

func (h hop) known() bool { return h.reached || h.exceeded.IsValid() }

func (s tracer) send(to netip.Addr, i int) int {
	if unix.SetsockoptInt(s.fd, unix.IPPROTO_IP, unix.IP_TTL, i+1) != nil {
		return 0
	}
	// An error here may be one about an earlier packet, so it is sent again.
	for range 2 {
		err := unix.Sendto(s.fd, nil, 0, &unix.SockaddrInet4{Port: tracePort + i, Addr: to.As4()})
		if err == nil {
			return 1
		}
	}
	return 0
}

// receive takes all errors that are waiting, and reports whether there was one.
func (s tracer) receive(t *trace, server, own netip.Addr) bool {
	var some bool
	buf, oob := make([]byte, 64), make([]byte, 512)
	for {
		_, size, _, from, err := unix.Recvmsg(s.fd, buf, oob, unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
		if err != nil {
			return some
		}
		// The address is where the packet was sent to.
		to, ok := from.(*unix.SockaddrInet4)
		if !ok || to.Port < tracePort || to.Port >= tracePort+farthest {
			continue
		}
		h, ok := readHop(oob[:size], netip.AddrFrom4(to.Addr))
		if !ok {
			continue
		}
		some = true
		switch netip.AddrFrom4(to.Addr) {
		case own:
			t.own[to.Port-tracePort] = h
		case server:
			t.server[to.Port-tracePort] = h
		}
	}
}

// readHop reads struct sock_extended_err and the address after it, of which the
// latter is the ICMP message's source. Only the destination itself can say that
// it was reached, others only that they let nobody through. Where it forwards a
// port to a host inside, what it says is in its own name as well: also that a
// packet has expired, there or on the way inside.
func readHop(oob []byte, to netip.Addr) (hop, bool) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return hop{}, false
	}
	const origin, kind, offender = 4, 5, 16 // offsets of ee_origin, ee_type, sockaddr_in
	for _, m := range messages {
		if m.Header.Level != unix.IPPROTO_IP || m.Header.Type != unix.IP_RECVERR || len(m.Data) < offender+8 {
			continue
		}
		d := m.Data
		if d[origin] != unix.SO_EE_ORIGIN_ICMP || binary.NativeEndian.Uint16(d[offender:]) != unix.AF_INET {
			continue
		}
		from := netip.AddrFrom4([4]byte(d[offender+4 : offender+8]))
		switch {
		case from == to && (d[kind] == icmpTimeExceeded || d[kind] == icmpUnreachable):
			return hop{reached: true}, true
		case d[kind] == icmpTimeExceeded:
			return hop{exceeded: from}, true
		}
	}
	return hop{}, false
}
