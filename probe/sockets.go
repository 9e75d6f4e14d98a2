package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// maxAnswer holds every answer: answers to our questions are shorter by far.
const maxAnswer = 2048

// mostFailed is how many reads may fail in a row, each by a packet that was sent,
// before the socket is taken for broken.
const mostFailed = 1000

// sockets is the Transport of this host.
type sockets struct {
	ctx      context.Context
	conns    []*net.UDPConn
	arrivals chan Arrival
	closed   chan struct{}
	readers  sync.WaitGroup
	// forbidden says that this host did not let a packet out, and sent that it did one.
	forbidden, sent atomic.Bool
	barred          sync.Map // the destinations that this host did not let a packet out to
}

// Sockets returns a Transport over UDP sockets of this host. It ends every wait
// when ctx is done.
func Sockets(ctx context.Context) Transport {
	return &sockets{ctx: ctx, arrivals: make(chan Arrival, 64), closed: make(chan struct{})}
}

func (s *sockets) Now() time.Time { return time.Now() }

// Open binds to the very address that packets to the server leave from: the
// server's view is compared with it.
func (s *sockets) Open(server netip.Addr, port uint16) (Socket, error) {
	from := originOf(s.ctx)
	local, err := from.toward(server)
	if err != nil {
		return Socket{}, fmt.Errorf("probe: finding the way to %v: %w", server, err)
	}
	wanted := netip.AddrPortFrom(local, port)
	if id := slices.IndexFunc(s.conns, func(c *net.UDPConn) bool { return endpoint(c) == wanted }); id >= 0 &&
		port == from.port {
		return s.socket(id), nil // two servers are asked from the one port that was chosen
	}
	listener := net.ListenConfig{Control: from.bind}
	packets, err := listener.ListenPacket(s.ctx, "udp", netip.AddrPortFrom(local, port).String())
	if err != nil && port != 0 {
		packets, err = listener.ListenPacket(s.ctx, "udp", netip.AddrPortFrom(local, 0).String())
	}
	if err != nil {
		return Socket{}, fmt.Errorf("probe: opening a socket on %v: %w", local, err)
	}
	conn := packets.(*net.UDPConn)
	id := len(s.conns)
	s.conns = append(s.conns, conn)
	s.readers.Go(func() { s.read(id, conn) })
	return s.socket(id), nil
}

func endpoint(c *net.UDPConn) netip.AddrPort { return unmap(c.LocalAddr().(*net.UDPAddr).AddrPort()) }

func (s *sockets) socket(id int) Socket {
	conn := s.conns[id]
	return Socket{
		ID:    id,
		Local: endpoint(conn),
		Send: func(to netip.AddrPort, payload []byte) {
			// A packet that could not be sent is as good as lost.
			switch _, err := conn.WriteToUDPAddrPort(payload, to); {
			case err == nil:
				s.sent.Store(true)
			case errors.Is(err, os.ErrPermission):
				s.forbidden.Store(true)
				s.barred.Store(to, true)
			}
		},
	}
}

// forbids reports whether a firewall of this host lets nothing out. One that lets out some is
// another matter, such as that of one destination.
func (s *sockets) forbids() bool { return s.forbidden.Load() && !s.sent.Load() }

func (s *sockets) read(id int, conn *net.UDPConn) {
	buf := make([]byte, maxAnswer)
	for failed := 0; failed < mostFailed; {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// Some systems report an ICMP error about an earlier packet here,
			// or an answer that is too long.
			failed++
			continue
		}
		failed = 0
		a := Arrival{Socket: id, From: from, Payload: append([]byte(nil), buf[:n]...), At: time.Now()}
		select {
		case s.arrivals <- a:
		case <-s.closed:
			return
		}
	}
}

// Receive prefers what has arrived to the end of the wait, so that a slow host
// does not take packets for lost that only wait to be read.
func (s *sockets) Receive(until time.Time) (Arrival, bool) {
	select {
	case a := <-s.arrivals:
		return a, true
	default:
	}
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case a := <-s.arrivals:
		return a, true
	case <-timer.C:
	case <-s.ctx.Done():
	}
	return Arrival{}, false
}

func (s *sockets) Close() error {
	close(s.closed)
	var errs []error
	for _, conn := range s.conns {
		errs = append(errs, conn.Close())
	}
	s.readers.Wait()
	return errors.Join(errs...)
}
