package stun

import (
	"container/list"
	"context"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// A connTable bounds TCP connections: those of each source and, in IPv6, of each
// site, by refusing more, and all together by closing the one that has been idle
// longest. So idle connections, however many, never keep out a client that asks.
type connTable struct {
	counts    *counters
	mu        sync.Mutex
	of        map[netip.Addr]int // by source and by site, as long as it has any
	idle      *list.List         // of places, the one that has been idle longest first
	max       int
	lingering sync.WaitGroup
}

func newConnTable(maxConns int, counts *counters) *connTable {
	return &connTable{counts: counts, of: map[netip.Addr]int{}, idle: list.New(), max: maxConns}
}

// A place is what a connection has in a table until it ends or is evicted.
type place struct {
	table        *connTable
	source, site netip.Addr // site is the zero Addr in IPv4
	evict        func()
	at           *list.Element // nil once the place is left
}

// enter returns a place for one more connection of a source, nil if it has
// enough. Evict ends the connection, if its place goes to another.
func (t *connTable) enter(a netip.Addr, evict func()) *place {
	p := &place{table: t, source: sourceOf(a), site: siteOf(a), evict: evict}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of[p.source] >= max(2, t.max/sourceShare) || p.site.IsValid() && t.of[p.site] >= max(2, t.max/siteShare) {
		return nil
	}
	if t.idle.Len() >= t.max {
		last := t.idle.Front().Value.(*place)
		last.drop()
		last.evict()
		t.counts.add(tcpOf(last.source), Evicted)
	}
	p.at = t.idle.PushBack(p)
	t.of[p.source]++
	if p.site.IsValid() {
		t.of[p.site]++
	}
	return p
}

// touch notes that the connection is in use.
func (p *place) touch() {
	p.table.mu.Lock()
	defer p.table.mu.Unlock()
	if p.at != nil {
		p.table.idle.MoveToBack(p.at)
	}
}

// leave notes that the connection has ended.
func (p *place) leave() {
	p.table.mu.Lock()
	defer p.table.mu.Unlock()
	p.drop()
}

// drop makes the place free. The table is locked.
func (p *place) drop() {
	if p.at == nil {
		return
	}
	p.table.idle.Remove(p.at)
	p.at = nil
	for _, who := range []netip.Addr{p.source, p.site} {
		if p.table.of[who]--; p.table.of[who] <= 0 {
			delete(p.table.of, who)
		}
	}
}

// len returns how many connections there are.
func (t *connTable) len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.idle.Len()
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
