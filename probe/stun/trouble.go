package stun

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"
)

// goesOn reports whether to receive again after an error, and waits first where
// that can help. Only a closed socket is a reason to stop.
func (s *Server) goesOn(ctx context.Context, conn *net.UDPConn, err error) bool {
	switch {
	case errors.Is(err, net.ErrClosed):
		return false
	case bounced(err):
		return true // strangers can cause this, and should not make others wait
	}
	// The system has no memory left, or a network went down.
	if s.troubled.due(time.Now()) {
		s.cfg.Logger.Warn("receiving", "endpoint", conn.LocalAddr().String(), "error", err)
	}
	return pause(ctx, 100*time.Millisecond)
}

// bounced reports whether an error is about a packet that was sent before: an
// ICMP error, which some systems report at the next read.
func bounced(err error) bool {
	return oneOf(err, syscall.ECONNREFUSED, syscall.ECONNRESET, wsaNetReset, wsaConnReset)
}

// tooLong reports whether an error is about a packet that was longer than its
// room, which is an error on Windows only.
func tooLong(err error) bool { return oneOf(err, syscall.EMSGSIZE, wsaMsgSize) }

// Windows Sockets have numbers of their own, which no other system uses. The
// constants of syscall with these names stand for nothing there.
const (
	wsaMsgSize   syscall.Errno = 10040
	wsaNetReset  syscall.Errno = 10052
	wsaConnReset syscall.Errno = 10054
)

func oneOf(err error, all ...error) bool {
	return slices.ContainsFunc(all, func(one error) bool { return errors.Is(err, one) })
}

// A seldom is due once a minute, so that events that strangers can cause often
// are logged rarely.
type seldom struct {
	mu   sync.Mutex
	next time.Time
}

const seldomEvery = time.Minute

func (s *seldom) due(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.next) {
		return false
	}
	s.next = now.Add(seldomEvery)
	return true
}
