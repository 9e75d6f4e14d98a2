package stun

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// A peer is the other server of a pair, as this one sees it. Each connects to
// the other and asks over its own connection, so neither is special.
type peer struct {
	server   *Server
	listener *net.TCPListener
	up       atomic.Bool
	asked    chan frame // what the peer is to do
	callers  chan struct{}

	mu      sync.Mutex
	lastID  uint64
	waiting map[uint64]chan Event // connections that the peer is to make
}

const (
	askedLength = 1024
	maxCallers  = 4 // control connections at once; a pair needs one each way
	retryEvery  = time.Second
)

func newPeer(s *Server) (*peer, error) {
	l, err := listenTCP("tcp", s.cfg.Control, nil)
	if err != nil {
		return nil, err
	}
	return &peer{
		server: s, listener: l, asked: make(chan frame, askedLength),
		callers: make(chan struct{}, maxCallers), waiting: map[uint64]chan Event{},
	}, nil
}

// hello is how a server introduces itself to its peer.
func (s *Server) hello() frame {
	f := frame{Kind: "hello"}
	for _, family := range s.families {
		here := s.site(family).Load()
		f.Public = append(f.Public, here.at[0].Addr())
		f.Ports = [2]uint16{here.at[0].Port(), here.at[otherPort].Port()}
	}
	return f
}

// answer has the peer send an answer. It does not wait: what finds no room is
// lost, as packets are.
func (p *peer) answer(r reply) Event {
	f := frame{Kind: "answer", Port: r.from & otherPort, To: r.to, Message: slices.Clone(r.bytes)}
	select {
	case p.asked <- f:
		return Forwarded
	default:
		return PeerLost
	}
}

// connect has the peer connect to a client, and waits for what comes of it.
func (p *peer) connect(ctx context.Context, r reply) Event {
	done := make(chan Event, 1)
	p.mu.Lock()
	p.lastID++
	id := p.lastID
	p.waiting[id] = done
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.waiting, id)
		p.mu.Unlock()
	}()
	ctx, cancel := context.WithTimeout(ctx, connectTimeout+time.Second)
	defer cancel()
	f := frame{Kind: "connect", ID: id, Port: r.from & otherPort, To: r.to, Message: slices.Clone(r.bytes)}
	select {
	case p.asked <- f:
	case <-ctx.Done():
		return PeerLost
	}
	select {
	case e := <-done:
		return e
	case <-ctx.Done():
		return PeerLost
	}
}

// dial keeps a connection to the peer.
func (p *peer) dial(ctx context.Context) error {
	last := ""
	for {
		err := p.ask(ctx)
		p.part()
		if ctx.Err() != nil {
			return nil
		}
		// The same trouble is told once, not every second.
		if text := err.Error(); text != last {
			p.server.cfg.Logger.Warn("no control connection", "peer", p.server.cfg.Peer, "error", err)
			last = text
		}
		if !pause(ctx, retryEvery) {
			return nil
		}
	}
}

// ask asks the peer for what is wanted of it, until the connection breaks.
func (p *peer) ask(ctx context.Context) error {
	dialer := net.Dialer{Timeout: pingTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", p.server.cfg.Peer)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	c, err := newControl(conn, p.server.cfg.Secret, true)
	if err != nil {
		return err
	}
	if err := c.send(p.server.hello()); err != nil {
		return err
	}
	them, err := c.receive()
	if err != nil {
		return fmt.Errorf("the peer does not take our secret: %w", err)
	}
	if err := p.meet(them); err != nil {
		return err
	}
	p.server.cfg.Logger.Info("the peer is there", "peer", p.server.cfg.Peer, "addresses", them.Public)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return p.hear(c) })
	group.Go(func() error { return p.say(ctx, c) })
	group.Go(func() error { <-ctx.Done(); _ = conn.Close(); return nil })
	return group.Wait()
}

// say sends the peer what it is asked for, and something now and then.
func (p *peer) say(ctx context.Context, c *control) error {
	ticker := time.NewTicker(pingEvery)
	defer ticker.Stop()
	for {
		f := frame{Kind: "ping"}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case f = <-p.asked:
		case <-ticker.C:
		}
		if err := c.send(f); err != nil {
			return err
		}
	}
}

// hear reads what the peer says to that.
func (p *peer) hear(c *control) error {
	for {
		f, err := c.receive()
		if err != nil {
			return err
		}
		event := NotConnected
		switch f.Kind {
		case "connected":
			event = Connected
		case "failed":
		default:
			continue
		}
		p.mu.Lock()
		done := p.waiting[f.ID]
		delete(p.waiting, f.ID)
		p.mu.Unlock()
		if done != nil {
			done <- event
		}
	}
}

// meet makes the peer's addresses the server's alternate ones.
func (p *peer) meet(them frame) error {
	s := p.server
	us := s.hello()
	if them.Kind != "hello" || them.Ports != us.Ports {
		return fmt.Errorf("the peer has ports %v, this server %v; a pair has the same", them.Ports, us.Ports)
	}
	paired := false
	for _, f := range s.families {
		here := *s.site(f).Load()
		other, ok := ofFamily(them.Public, here.at[0].Addr().Is4())
		if !ok {
			continue
		}
		if !answerable(other) {
			return fmt.Errorf("the peer has address %v, which no answer can come from", other)
		}
		if other == here.at[0].Addr() {
			return fmt.Errorf("the peer has address %v, as this server", other)
		}
		here.at[otherAddr] = netip.AddrPortFrom(other, them.Ports[0])
		here.at[otherAddr|otherPort] = netip.AddrPortFrom(other, them.Ports[1])
		here.pair, paired = true, true
		s.site(f).Store(&here)
	}
	if !paired {
		return errors.New("the peer has no address of a family of this server")
	}
	p.up.Store(true)
	return nil
}

// part forgets the peer's addresses, and what it was asked for in vain.
func (p *peer) part() {
	p.up.Store(false)
	for _, f := range p.server.families {
		here := *p.server.site(f).Load()
		here.pair = false
		p.server.site(f).Store(&here)
	}
	for {
		select {
		case <-p.asked:
		default:
			return
		}
	}
}
