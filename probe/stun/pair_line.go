package stun

import (
	"context"
	"slices"
	"sync"
)

// A line is an established control connection to the peer with the requests to
// it. Requests that are open when the connection breaks are lost.
type line struct {
	asked  chan frame // what the peer is to do
	broken chan struct{}
	lacks  []string // families that this server has and the peer has not

	mu      sync.Mutex
	lastID  uint64
	waiting map[uint64]chan Event // connections that the peer is to make
}

const askedLength = 1024

func newLine() *line {
	return &line{asked: make(chan frame, askedLength), broken: make(chan struct{}), waiting: map[uint64]chan Event{}}
}

// answer has the peer send an answer. It does not wait: an answer that finds no
// room is lost, as packets are.
func (l *line) answer(r reply) Event {
	f := frame{Kind: "answer", Port: r.from & otherPort, To: r.to, Message: slices.Clone(r.bytes)}
	select {
	case l.asked <- f:
		return Forwarded
	default:
		return PeerLost
	}
}

// connect has the peer connect to a client, and waits for the outcome.
func (l *line) connect(ctx context.Context, r reply) Event {
	id, done := l.wait()
	defer l.done(id, PeerLost)
	f := frame{Kind: "connect", ID: id, Port: r.from & otherPort, To: r.to, Message: slices.Clone(r.bytes)}
	select {
	case l.asked <- f:
	case <-l.broken:
		return PeerLost
	case <-ctx.Done():
		return PeerLost
	}
	select {
	case e := <-done:
		return e
	case <-l.broken:
		return PeerLost
	case <-ctx.Done():
		return PeerLost
	}
}

// wait returns the ID of a connection to ask for, and where the outcome comes.
func (l *line) wait() (uint64, <-chan Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	done := make(chan Event, 1)
	l.lastID++
	l.waiting[l.lastID] = done
	return l.lastID, done
}

// done delivers the outcome of a connection, if anybody waits for it.
func (l *line) done(id uint64, e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if done := l.waiting[id]; done != nil {
		done <- e
		delete(l.waiting, id)
	}
}
