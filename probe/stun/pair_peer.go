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

// A peer is the other server of a pair, as this one sees it. Each connects to
// the other and asks over its own connection, so neither is special.
type peer struct {
	server   *Server
	listener *net.TCPListener
	keys     *keys                // for those who connect to this server
	theirs   *keys                // for connections to the peer; nil before the first
	line     atomic.Pointer[line] // nil while the peer is not there
	lobby    lobby
	callers  chan struct{} // those who came from there

	strangers seldom
}

const (
	maxCallers = 4 // the peer needs one, and one more when it has lost that
	retryEvery = time.Second
)

func newPeer(s *Server) (*peer, error) {
	k, err := deriveKeys(s.cfg.Secret, newSalt())
	if err != nil {
		return nil, err
	}
	l, err := listenTCP("tcp", s.cfg.Control, nil)
	if err != nil {
		return nil, err
	}
	return &peer{server: s, listener: l, keys: k, callers: make(chan struct{}, maxCallers)}, nil
}

// hello is this server's introduction.
func (s *Server) hello() greeting {
	var us greeting
	for _, family := range s.families {
		here := s.site(family).Load()
		us.Public = append(us.Public, here.at[0].Addr())
		us.Ports = [2]uint16{here.at[0].Port(), here.at[otherPort].Port()}
	}
	return us
}

// answer has the peer send an answer, if it is there.
func (p *peer) answer(r reply) Event {
	if l := p.line.Load(); l != nil {
		return l.answer(r)
	}
	return PeerLost
}

// connect has the peer connect to a client, and waits for the outcome.
func (p *peer) connect(ctx context.Context, r reply) Event {
	l := p.line.Load()
	if l == nil {
		return PeerLost
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout+time.Second)
	defer cancel()
	return l.connect(ctx, r)
}

// dial keeps a connection to the peer.
func (p *peer) dial(ctx context.Context) error {
	last := ""
	for {
		stood, err := p.ask(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if stood {
			last = "" // there was no trouble meanwhile
		}
		// The same trouble is logged once, not every second. Trouble from another port
		// is still the same.
		text := err.Error()
		if op := (*net.OpError)(nil); errors.As(err, &op) {
			text = op.Err.Error()
		}
		if text != last {
			p.server.cfg.Logger.Warn("no control connection", "peer", p.server.cfg.Peer, "error", err)
			last = text
		}
		if !pause(ctx, retryEvery) {
			return nil
		}
	}
}

// ask sends the requests to the peer until the connection breaks, and reports
// whether there was a connection.
func (p *peer) ask(ctx context.Context) (stood bool, err error) {
	dialer := net.Dialer{Timeout: pingTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", p.server.cfg.Peer)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	known, err := meet(tls.Client(conn, p.dialing()))
	if err != nil {
		return false, err
	}
	client := jsonrpc.NewClient(known)
	defer client.Close()
	us, them := p.server.hello(), greeting{}
	if err := client.Call(helloMethod, us, &them); err != nil {
		return false, fmt.Errorf("the peer does not take our secret: %w", err)
	}
	defer p.part()
	l, err := p.join(client, them)
	if err != nil {
		return false, err
	}
	p.line.Store(l)
	p.server.cfg.Logger.Info("the peer is there", "peer", p.server.cfg.Peer, "addresses", them.Public)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go l.say(ctx)
	for pause(ctx, pingEvery) {
		if err := client.Call(helloMethod, us, &them); err != nil {
			return true, err
		}
	}
	return true, ctx.Err()
}

// join makes the peer's addresses the server's alternate ones, and returns the
// line for requests to the peer.
func (p *peer) join(client *rpc.Client, them greeting) (*line, error) {
	s := p.server
	us := s.hello()
	if them.Ports != us.Ports {
		return nil, fmt.Errorf("the peer has ports %v, this server %v; a pair has the same", them.Ports, us.Ports)
	}
	l := newLine(client)
	for _, f := range s.families {
		here := *s.site(f).Load()
		other, ok := ofFamily(them.Public, here.at[0].Addr().Is4())
		if !ok {
			l.lacks = append(l.lacks, f.name())
			continue
		}
		if !answerable(other) {
			return nil, fmt.Errorf("the peer has address %v, which no answer can come from", other)
		}
		if other == here.at[0].Addr() {
			return nil, fmt.Errorf("the peer has address %v, as this server", other)
		}
		here.at[otherAddr] = netip.AddrPortFrom(other, them.Ports[0])
		here.at[otherAddr|otherPort] = netip.AddrPortFrom(other, them.Ports[1])
		here.pair = true
		s.site(f).Store(&here)
	}
	if len(l.lacks) == len(s.families) {
		return nil, errors.New("the peer has no address of a family of this server")
	}
	if len(l.lacks) > 0 {
		s.cfg.Logger.Warn("the peer lacks addresses that this server has", "families", l.lacks)
	}
	return l, nil
}

// part forgets the peer and its addresses.
func (p *peer) part() {
	p.line.Store(nil)
	for _, f := range p.server.families {
		p.server.site(f).Store(p.server.alone[f.udp])
	}
}
