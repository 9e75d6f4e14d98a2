package stun

import (
	"context"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// A connTable bounds TCP connections, of all sources together and of each.
type connTable struct {
	mu        sync.Mutex
	of        map[netip.Addr]int // by source, as long as it has any
	all, max  int
	lingering sync.WaitGroup
}

func newConnTable(maxConns int) *connTable {
	return &connTable{of: map[netip.Addr]int{}, max: maxConns}
}

// enter reports whether a source may have one more.
func (t *connTable) enter(a netip.Addr) bool {
	source := sourceOf(a)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all >= t.max || t.of[source] >= max(2, t.max/8) {
		return false
	}
	t.all++
	t.of[source]++
	return true
}

func (t *connTable) leave(a netip.Addr) {
	source := sourceOf(a)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all--
	if t.of[source]--; t.of[source] == 0 {
		delete(t.of, source)
	}
}

// linger closes a connection when the other end has, or some time later, and
// calls left then.
func (t *connTable) linger(ctx context.Context, conn net.Conn, left func()) {
	t.lingering.Go(func() {
		defer left()
		defer conn.Close()
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		defer stop()
		_ = conn.SetReadDeadline(time.Now().Add(closeTimeout))
		_, _ = io.Copy(io.Discard, io.LimitReader(conn, maxPacket))
	})
}

// sourceOf is whom an address belongs to: itself in IPv4, and the first 64 bits
// in IPv6, since a host has all of the rest to itself.
func sourceOf(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a
	}
	b := a.As16()
	clear(b[8:])
	return netip.AddrFrom16(b)
}
