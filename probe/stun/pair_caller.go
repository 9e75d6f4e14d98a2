package stun

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// admit serves the peer on a connection, and nobody else.
func (p *peer) admit(ctx context.Context, conn *net.TCPConn) {
	log, from := p.server.cfg.Logger, remote(conn)
	p.lobby.enter(conn)
	c, them, err := p.recognise(conn)
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
	err = p.oblige(ctx, c, them)
	log.Info("a control connection ended", "from", from, "error", err)
}

// recognise returns the control connection and the introduction of a peer who
// knows the secret.
func (p *peer) recognise(conn net.Conn) (c *control, them frame, err error) {
	if c, err = newControl(tls.Server(conn, p.keys.listening())); err != nil {
		return nil, frame{}, err
	}
	// The peer speaks first, so that a stranger learns nothing of us.
	if them, err = c.receive(); err != nil {
		return nil, frame{}, fmt.Errorf("no introduction: %w", err)
	}
	if them.Kind != "hello" {
		return nil, frame{}, fmt.Errorf("no introduction, but %q", them.Kind)
	}
	return c, them, nil
}

// oblige fulfils the peer's requests on a connection.
func (p *peer) oblige(ctx context.Context, c *control, them frame) error {
	c.met = true
	if err := c.send(p.server.hello()); err != nil {
		return err
	}
	var busy sync.WaitGroup
	defer busy.Wait()
	for {
		f, err := c.receive()
		if err != nil {
			return err
		}
		switch f.Kind {
		case "ping":
			err = c.send(frame{Kind: "pong"})
		case "answer":
			err = p.send(them, f)
		case "connect":
			busy.Go(func() {
				result := frame{Kind: "unable", ID: f.ID}
				switch p.call(ctx, them, f) {
				case Connected:
					result.Kind = "connected"
				case NotConnected:
					result.Kind = "failed"
				}
				// If it cannot be told, the connection's reader ends as well.
				_ = c.send(result)
			})
		}
		if err != nil {
			return err
		}
	}
}

var errNoAnswer = errors.New("the peer asks for something that is no answer to a client")

// send sends an answer for the peer. The peer is trusted to say who asked, and
// no more: nothing but an answer leaves, and no source gets more answers than it
// may ask for here.
func (p *peer) send(them, f frame) error {
	family, spot, err := p.spotFor(them, f)
	if err != nil {
		return err
	}
	s := p.server
	event := Relayed
	if !s.limit.allow(f.To.Addr(), time.Since(s.began)) {
		event = Limited
	} else if _, err := spot.udp[0].WriteToUDPAddrPort(f.Message, f.To); err != nil {
		event = Unsent
	}
	s.counts.add(family.udp, event)
	return nil
}

// call connects to a client for the peer.
func (p *peer) call(ctx context.Context, them, f frame) Event {
	family, spot, err := p.spotFor(them, f)
	if err != nil {
		return Unsent
	}
	s := p.server
	event := Limited
	if s.limitTCP.allow(f.To.Addr(), time.Since(s.began)) {
		event = s.connectFrom(ctx, spot, f.To, f.Message)
	}
	s.counts.add(family.tcp, event)
	return event
}

// spotFor returns the endpoint that a frame is to be sent from. The frame must
// hold an answer, to a client whose address means the same host to the peer and
// to this server.
func (p *peer) spotFor(them, f frame) (*family, *spot, error) {
	const success = 0x01
	if !plausible(f.Message) || f.Message[0] != success || f.Message[1] != 1 || len(f.Message) > maxPacket ||
		f.To.Port() == 0 || !answerable(f.To.Addr()) {
		return nil, nil, errNoAnswer
	}
	s := p.server
	for _, family := range s.families {
		spot := family.spot(f.Port & otherPort)
		if spot == nil || !sameFamily(spot.local, f.To) {
			continue
		}
		us := s.site(family).Load().at[0].Addr()
		if saw, ok := ofFamily(them.Public, us.Is4()); ok && sharedBy(f.To.Addr(), saw, us) {
			return family, spot, nil
		}
	}
	return nil, nil, errNoAnswer
}

func sameFamily(a, b netip.AddrPort) bool { return a.Addr().Is4() == b.Addr().Is4() }
