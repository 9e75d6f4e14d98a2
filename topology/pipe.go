package topology

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/natproof/natproof/topology/packet"
)

// A Pipe is a Port in memory. What is sent on it is handed to a function, and
// what is delivered to it waits until it is received.
type Pipe struct {
	now  func() time.Time
	send func(packet []byte) error

	mu     sync.Mutex
	closed bool
	addrs  map[netip.Addr]bool
	queue  []Packet
}

var _ Port = (*Pipe)(nil)

// NewPipe returns a pipe that stamps packets with now and sends with send. The
// pipe holds no lock while it calls send, so send may Deliver to any pipe.
func NewPipe(now func() time.Time, send func(packet []byte) error) *Pipe {
	return &Pipe{now: now, send: send, addrs: map[netip.Addr]bool{}}
}

// Attach makes the pipe accept packets for addr.
func (p *Pipe) Attach(addr netip.Addr) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.addrs[addr.Unmap()] = true
	return nil
}

// Send hands packet to the function that the pipe was made with. It never blocks,
// so ctx matters only if it has ended already.
func (p *Pipe) Send(ctx context.Context, packet []byte) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("topology: sending on a pipe: %w", err)
	}
	p.mu.Lock()
	closed := p.closed
	p.mu.Unlock()
	if closed {
		return fmt.Errorf("topology: sending on a pipe: %w", net.ErrClosed)
	}
	return p.send(packet)
}

// Deliver queues a copy of data, an IP packet, for Receive if its destination is
// attached, and otherwise drops it, as a host does with what is not for it.
func (p *Pipe) Deliver(data []byte) {
	dst, ok := packet.Destination(data)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !ok || p.closed || !p.addrs[dst] {
		return
	}
	p.queue = append(p.queue, Packet{Time: p.now(), Data: bytes.Clone(data)})
}

// Receive returns the packet that was delivered first, or ErrSilent if none is
// left. It never blocks, so ctx matters only if it has ended already.
func (p *Pipe) Receive(ctx context.Context) (Packet, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) > 0 {
		first := p.queue[0]
		p.queue = p.queue[1:]
		return first, nil
	}
	if p.closed {
		return Packet{}, fmt.Errorf("topology: receiving on a pipe: %w", net.ErrClosed)
	}
	if err := ctx.Err(); err != nil {
		return Packet{}, err
	}
	return Packet{}, ErrSilent
}

// Close ends the pipe. What was delivered before can still be received.
func (p *Pipe) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	return nil
}
