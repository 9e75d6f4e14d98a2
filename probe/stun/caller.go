package stun

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// listen takes control connections.
func (p *peer) listen(ctx context.Context) error {
	var open sync.WaitGroup
	defer open.Wait()
	for {
		conn, err := p.listener.AcceptTCP()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			p.server.cfg.Logger.Warn("accepting a control connection", "error", err)
			if !pause(ctx, retryEvery) {
				return nil
			}
			continue
		}
		select {
		case p.callers <- struct{}{}:
		default:
			// The peer tries again; strangers keep their places for pingTimeout
			// only.
			_ = conn.Close()
			continue
		}
		open.Go(func() {
			defer func() { <-p.callers }()
			defer conn.Close()
			defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
			err := p.oblige(ctx, conn)
			p.server.cfg.Logger.Info("a control connection ended", "from", remote(conn), "error", err)
		})
	}
}

// oblige does what the peer asks for on a connection.
func (p *peer) oblige(ctx context.Context, conn net.Conn) error {
	c, err := newControl(conn, p.server.cfg.Secret, false)
	if err != nil {
		return err
	}
	// The peer speaks first, so that a stranger learns nothing of us.
	them, err := c.receive()
	if err != nil {
		return fmt.Errorf("no introduction: %w", err)
	}
	if them.Kind != "hello" {
		return fmt.Errorf("no introduction, but %q", them.Kind)
	}
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
// no more than that: nothing but an answer leaves, and no source gets more of
// them than it may ask for here.
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

// spotFor returns the endpoint that a frame wants something sent from, if it is
// an answer, and to somebody who is the same to the peer and to this server.
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
