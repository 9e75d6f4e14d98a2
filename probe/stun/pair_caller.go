package stun

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/rpc"
	"net/rpc/jsonrpc"
	"sync/atomic"
	"time"
)

// admit serves the peer on a connection, and nobody else.
func (p *peer) admit(ctx context.Context, conn *net.TCPConn) {
	log, from := p.server.cfg.Logger, remote(conn)
	p.lobby.enter(conn)
	known, err := meet(tls.Server(conn, p.keys.listening()))
	p.lobby.leave(conn)
	if err != nil {
		p.server.counts.add(tcpOf(from.Addr()), Stranger)
		// Anybody can cause this, as often as they like.
		if ctx.Err() == nil && p.strangers.due(time.Now()) {
			log.Warn("a control connection without our secret", "from", from, "error", err)
		}
		return
	}
	select {
	case p.callers <- struct{}{}:
	default:
		log.Warn("the peer has too many control connections", "from", from)
		return
	}
	defer func() { <-p.callers }()
	p.oblige(ctx, known)
	log.Info("a control connection ended", "from", from)
}

// oblige fulfils the peer's requests on a connection until it breaks.
func (p *peer) oblige(ctx context.Context, conn net.Conn) {
	r := rpc.NewServer()
	if err := r.RegisterName(service, &caller{ctx: ctx, peer: p}); err != nil {
		panic(err) // a method has another shape than net/rpc wants
	}
	r.ServeCodec(jsonrpc.NewServerCodec(conn))
}

// A caller is the peer on a control connection, with what it may ask for.
type caller struct {
	ctx  context.Context
	peer *peer
	them atomic.Pointer[greeting] // nil before it has introduced itself
}

// Hello introduces the servers of a pair to each other, and shows that both are there.
func (c *caller) Hello(them greeting, us *greeting) error {
	c.them.Store(&them)
	*us = c.peer.server.hello()
	return nil
}

var errNoAnswer = errors.New("the peer asks for something that is no answer to a client")

// Answer sends an answer for the peer. The peer is trusted to say who asked, and
// no more: nothing but an answer leaves, and no source gets more answers than it
// may ask for here.
func (c *caller) Answer(o order, _ *struct{}) error {
	family, spot, err := c.spotFor(o)
	if err != nil {
		return err
	}
	s := c.peer.server
	event := Relayed
	if !s.limit.allow(o.To.Addr(), time.Since(s.began)) {
		event = Limited
	} else if _, err := spot.udp[0].WriteToUDPAddrPort(o.Message, o.To); err != nil {
		event = Unsent
	}
	s.counts.add(family.udp, event)
	return nil
}

// Connect connects to a client for the peer. It says whether that came about: if not, it is
// the client or the way to it that did not let it. An error is this server's own refusal.
func (c *caller) Connect(o order, connected *bool) error {
	family, spot, err := c.spotFor(o)
	if err != nil {
		return err
	}
	s := c.peer.server
	event := Limited
	if s.limitTCP.allow(o.To.Addr(), time.Since(s.began)) {
		event = s.connectFrom(c.ctx, spot, o.To, o.Message)
	}
	s.counts.add(family.tcp, event)
	if *connected = event == Connected; *connected || event == NotConnected {
		return nil
	}
	return fmt.Errorf("this server has not tried: %v", event)
}

// spotFor returns the endpoint that an order is to be sent from. The order must
// hold an answer, to a client whose address means the same host to the peer and
// to this server.
func (c *caller) spotFor(o order) (*family, *spot, error) {
	const success = 0x01
	if !plausible(o.Message) || o.Message[0] != success || o.Message[1] != 1 || len(o.Message) > maxPacket ||
		o.To.Port() == 0 || !answerable(o.To.Addr()) {
		return nil, nil, errNoAnswer
	}
	them := c.them.Load()
	if them == nil {
		return nil, nil, errNoAnswer
	}
	s := c.peer.server
	for _, family := range s.families {
		spot := family.spot(o.Port & otherPort)
		if spot == nil || !sameFamily(spot.local, o.To) {
			continue
		}
		us := s.site(family).Load().at[0].Addr()
		if saw, ok := ofFamily(them.Public, us.Is4()); ok && sharedBy(o.To.Addr(), saw, us) {
			return family, spot, nil
		}
	}
	return nil, nil, errNoAnswer
}

func sameFamily(a, b netip.AddrPort) bool { return a.Addr().Is4() == b.Addr().Is4() }
