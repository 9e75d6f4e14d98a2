package stun

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	pion "github.com/pion/stun/v2"
)

// accept hands out the connections to one endpoint, and waits for all of them at the end.
func (s *Server) accept(ctx context.Context, l *net.TCPListener, attend func(context.Context, *net.TCPConn)) error {
	var open sync.WaitGroup
	defer open.Wait()
	for {
		conn, err := l.AcceptTCP()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			// The process has too many files, or the client was gone already.
			// Neither is a reason to stop; a pause lets files be closed.
			if s.troubled.due(time.Now()) {
				s.cfg.Logger.Warn("accepting a connection", "endpoint", l.Addr(), "error", err)
			}
			if !pause(ctx, 100*time.Millisecond) {
				return nil
			}
			continue
		}
		open.Go(func() {
			defer conn.Close()
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
			attend(ctx, conn)
		})
	}
}

// attend answers on one connection, if there is a place for it.
func (s *Server) attend(ctx context.Context, f *family, at *spot, conn *net.TCPConn) {
	// A refused connection leaves nothing behind in the kernel either.
	reset := func() { _ = conn.SetLinger(0); _ = conn.Close() }
	src := remote(conn)
	if !s.limitTCP.allow(src.Addr(), time.Since(s.began)) {
		s.counts.add(f.tcp, Limited)
		reset()
		return
	}
	place := s.conns.enter(src.Addr(), reset)
	if place == nil {
		s.counts.add(f.tcp, Refused)
		reset()
		return
	}
	defer place.leave()
	s.converse(ctx, f, at, src, conn, place)
}

// converse answers requests on one connection until it ends.
func (s *Server) converse(ctx context.Context, f *family, at *spot, src netip.AddrPort, conn net.Conn, place *place) {
	var r responder
	in, out := make([]byte, maxPacket), make([]byte, maxPacket)
	for {
		_ = conn.SetDeadline(time.Now().Add(idleTimeout)) // fails as the read will
		packet, err := ReadMessage(conn, in)
		if errors.Is(err, ErrMalformed) {
			s.counts.add(f.tcp, Malformed)
		}
		if err != nil {
			return
		}
		if !s.limitTCP.allow(src.Addr(), time.Since(s.began)) {
			s.counts.add(f.tcp, Limited)
			return
		}
		place.touch()
		reply := r.answer(packet, out, src, at.end, s.siteFor(f, src.Addr()))
		event, answer := reply.event, reply.bytes
		switch {
		case len(answer) == 0:
			// Such a request gets no answer at any endpoint.
		case event == Answered && r.req.redirected:
			// RESPONSE-PORT: a stream has only the two ends it has. The port may be
			// its own by chance, or because a NAT keeps ports.
			event, answer = BadRequest, r.refuse(out, pion.CodeBadRequest, "Bad Request")
		case reply.from != at.end:
			event = s.connectBack(ctx, f, reply)
			switch event {
			case Connected:
			case NotConnected:
				answer = r.refuse(out, pion.CodeConnTimeoutOrFailure, "Connection Failed")
			default:
				// The answer was never on its way, so nothing can have filtered it.
				answer = r.refuse(out, pion.CodeServerError, "Server Error")
			}
		}
		s.counts.add(f.tcp, event)
		if len(answer) == 0 {
			continue
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

// refuse replaces an answer by an error.
func (r *responder) refuse(room []byte, code pion.ErrorCode, reason string) []byte {
	r.begin(pion.BindingError, room)
	r.fail(code, reason)
	r.end()
	return r.out.Raw
}

// ReadMessage reads one message from a stream, which frames it by its header, into
// room. A message that does not fit, or is none, is ErrMalformed.
func ReadMessage(r io.Reader, room []byte) ([]byte, error) {
	if _, err := io.ReadFull(r, room[:headerSize]); err != nil {
		return nil, err
	}
	size := headerSize + int(binary.BigEndian.Uint16(room[2:]))
	if room[0] >= 0x40 || size%4 != 0 || size > len(room) {
		return nil, ErrMalformed
	}
	_, err := io.ReadFull(r, room[headerSize:size])
	return room[:size], err
}

// connectBack sends an answer on a connection of its own, from the endpoint it
// was asked from to the endpoint that asked.
func (s *Server) connectBack(ctx context.Context, f *family, r reply) Event {
	spot := f.spot(r.from)
	if spot == nil {
		return s.peer.connect(ctx, r)
	}
	return s.connectFrom(ctx, spot, r.to, r.bytes)
}

// connectFrom connects an endpoint of this host to a client and sends an answer.
func (s *Server) connectFrom(ctx context.Context, from *spot, to netip.AddrPort, answer []byte) Event {
	// A connection back counts as the client's, so that these are bounded too.
	ctx, cancel := context.WithCancel(ctx)
	place := s.conns.enter(to.Addr(), cancel)
	if place == nil {
		cancel()
		return Refused
	}
	left := func() { place.leave(); cancel() }
	dialer := net.Dialer{
		Timeout: connectTimeout, Control: reuse, KeepAlive: -1,
		LocalAddr: net.TCPAddrFromAddrPort(from.local),
	}
	conn, err := dialer.DialContext(ctx, "tcp", to.String())
	if err != nil {
		left()
		return eventOf(err, from.local.Addr(), to)
	}
	if _, err := conn.Write(answer); err != nil {
		_ = conn.Close()
		left()
		return Unsent
	}
	s.conns.linger(ctx, conn, left)
	return Connected
}

func remote(conn *net.TCPConn) netip.AddrPort {
	a := conn.RemoteAddr().(*net.TCPAddr).AddrPort()
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// pause waits, and reports false if ctx was done before.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
