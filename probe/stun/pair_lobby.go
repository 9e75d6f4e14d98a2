package stun

import (
	"net"
	"slices"
	"sync"
)

// A lobby holds the control connections of those who have yet to prove that they
// know the secret. Strangers can fill it but not keep it: a newcomer takes the
// place of the connection that has been there longest, and the peer needs a
// place only for two round trips.
type lobby struct {
	mu      sync.Mutex
	waiting []net.Conn // the oldest first
}

const maxWaiting = 64

func (l *lobby) enter(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == maxWaiting {
		_ = l.waiting[0].Close()
		l.waiting = slices.Delete(l.waiting, 0, 1)
	}
	l.waiting = append(l.waiting, conn)
}

func (l *lobby) leave(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = slices.DeleteFunc(l.waiting, func(c net.Conn) bool { return c == conn })
}
