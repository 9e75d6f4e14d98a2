package stun

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// A Server is a reflector: it tells clients what they look like from where it
// is (RFC 8489 and RFC 3489 over UDP and TCP), and answers from its other address
// or port if asked to (RFC 5780).
//
// It cannot be made to work against others. No answer is more than a few times
// as long as its request, and padded answers are no longer than theirs. All
// answers go to the address that asked. Over TCP, connections back are made only
// to the address and port that has just proved to be there.
type Server struct {
	cfg      Config
	families []*family
	sites    [2]atomic.Pointer[site] // of IPv4 and IPv6
	alone    [2]*site                // the same without a peer
	counts   counters
	limit    *limiter // of UDP, whose sources anybody can forge
	limitTCP *limiter // of TCP, whose sources have shown that they are there
	conns    *connTable
	peer     *peer // nil without one
	began    time.Time
	troubled seldom
	closed   context.Context // done once Close is called
	hangUp   context.CancelFunc
}

// Listen opens the sockets of a server. It answers nothing until Serve.
func Listen(cfg Config) (*Server, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	cfg = cfg.complete()
	s := &Server{cfg: cfg, limit: newLimiter(cfg.SourceRate), limitTCP: newLimiter(cfg.SourceRate), began: time.Now()}
	s.conns = newConnTable(cfg.MaxConns, &s.counts)
	s.closed, s.hangUp = context.WithCancel(context.Background())
	var err error
	if s.families, err = open(cfg); err != nil {
		return nil, fmt.Errorf("stun: opening a server's sockets: %w", err)
	}
	for _, f := range s.families {
		here := new(site)
		for _, spot := range f.spots {
			here.at[spot.end] = netip.AddrPortFrom(cfg.public(spot.local.Addr()), spot.local.Port())
			here.pair = here.pair || spot.end&otherAddr != 0
		}
		s.alone[f.udp] = here
		s.site(f).Store(here)
	}
	if cfg.Peer != "" {
		if s.peer, err = newPeer(s); err != nil {
			closeAll(s.families)
			return nil, fmt.Errorf("stun: opening the control port: %w", err)
		}
	}
	return s, nil
}

// site is where clients find the server in a family.
func (s *Server) site(f *family) *atomic.Pointer[site] { return &s.sites[f.udp] }

// siteFor is where a client finds the server. For a client whose address means
// another host to the peer, the server acts as if it had no peer.
func (s *Server) siteFor(f *family, client netip.Addr) *site {
	here := s.site(f).Load()
	if s.peer == nil || !here.pair || sharedBy(client, here.at[0].Addr(), here.at[otherAddr].Addr()) {
		return here
	}
	return s.alone[f.udp]
}

// Endpoints returns where the server listens, for each family first the primary
// address with both ports and then the alternate one.
func (s *Server) Endpoints() []netip.AddrPort {
	var all []netip.AddrPort
	for _, f := range s.families {
		for _, spot := range f.spots {
			all = append(all, spot.local)
		}
	}
	return all
}

// Control returns where the server's peer connects to, the zero AddrPort without
// a peer.
func (s *Server) Control() netip.AddrPort {
	if s.peer == nil {
		return netip.AddrPort{}
	}
	return s.peer.listener.Addr().(*net.TCPAddr).AddrPort()
}

// Health returns nil if the server does all that it is configured for. A pair is
// not healthy if one of the two is lost, cannot ask the other, or has no address
// of a family.
func (s *Server) Health() error {
	if s.peer == nil {
		return nil
	}
	l := s.peer.line.Load()
	switch {
	case l == nil:
		return errors.New("stun: the peer is not connected")
	case len(l.lacks) > 0:
		return fmt.Errorf("stun: the peer has no %s address", l.lacks[0])
	case len(s.peer.callers) == 0:
		return errors.New("stun: the peer does not connect to this server")
	}
	return nil
}

// Close closes the server's sockets, which ends Serve.
func (s *Server) Close() {
	s.hangUp()
	closeAll(s.families)
	if s.peer != nil {
		_ = s.peer.listener.Close()
	}
}

// Serve answers until ctx is done or the server closed, and returns nil then. A
// server serves once.
func (s *Server) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.closed, cancel)()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		<-ctx.Done()
		s.Close()
		return nil
	})
	for _, f := range s.families {
		for _, spot := range f.spots {
			for _, conn := range spot.udp {
				group.Go(func() error { return s.serveUDP(ctx, f, spot.end, conn) })
			}
			attend := func(ctx context.Context, conn *net.TCPConn) { s.attend(ctx, f, spot, conn) }
			group.Go(func() error { return s.accept(ctx, spot.tcp, attend) })
		}
	}
	about := []any{"endpoints", s.Endpoints(), "source_rate", s.cfg.SourceRate, "peer", s.cfg.Peer}
	if s.peer != nil {
		about = append(about, "control", s.Control())
		group.Go(func() error { return s.accept(ctx, s.peer.listener, s.peer.admit) })
		group.Go(func() error { return s.peer.dial(ctx) })
	}
	s.cfg.Logger.Info("serving", about...)
	err := group.Wait()
	s.conns.lingering.Wait()
	if err != nil {
		return fmt.Errorf("stun: serving: %w", err)
	}
	s.cfg.Logger.Info("stopped")
	return nil
}

// serveUDP answers the packets to one socket.
func (s *Server) serveUDP(ctx context.Context, f *family, at endpoint, conn *net.UDPConn) error {
	b, err := newBatch(conn)
	if err != nil {
		return err
	}
	w := &udpWorker{server: s, family: f, at: at, batch: b}
	for {
		n, err := b.receive()
		if err != nil {
			if !s.goesOn(ctx, conn, err) {
				return nil
			}
			continue
		}
		now := time.Since(s.began)
		w.handle(n, now)
		b.took(n, now)
	}
}

// A udpWorker answers the packets of one socket.
type udpWorker struct {
	server *Server
	family *family
	at     endpoint
	batch  *batch
	resp   responder
	tally  tally
}

// handle answers the n packets of a batch that came at now.
func (w *udpWorker) handle(n int, now time.Duration) {
	s := w.server
	for i := range n {
		packet, src := w.batch.packet(i)
		if !s.limit.allow(src.Addr(), now) {
			w.tally[Limited]++
			continue
		}
		r := w.resp.answer(packet, w.batch.room(i), src, w.at, s.siteFor(w.family, src.Addr()))
		switch {
		case len(r.bytes) == 0:
			w.tally[r.event]++
		case r.from == w.at:
			w.tally[r.event]++
			w.batch.queue(i, len(r.bytes), r.to.Port())
		default:
			w.tally[s.sendFrom(w.family, r)]++
		}
	}
	// A client that has its answer must find it counted.
	s.counts.flush(w.family.udp, &w.tally)
	for range w.batch.flush() {
		s.counts.add(w.family.udp, Unsent)
	}
}

// sendFrom sends an answer from another endpoint than was asked.
func (s *Server) sendFrom(f *family, r reply) Event {
	spot := f.spot(r.from)
	if spot == nil {
		return s.peer.answer(r)
	}
	if _, err := spot.udp[0].WriteToUDPAddrPort(r.bytes, r.to); err != nil {
		return Unsent
	}
	return r.event
}
