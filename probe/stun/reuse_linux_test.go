package stun

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// start runs a server until stop is called, or the test ends.
func start(t *testing.T, cfg Config) (s *Server, stop func()) {
	t.Helper()
	s, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return s, stop
}

// A client that keeps a connection back open does not keep the next server from
// listening.
func TestRestart(t *testing.T) {
	cfg := Config{Alternate: []netip.Addr{loopback2}}
	s, stop := start(t, cfg)
	at := s.Endpoints()
	cfg.Port, cfg.AlternatePort = at[0].Port(), at[1].Port()
	back := askedBack(t, at[0], ChangeRequest{IP: true, Port: true})
	stop()
	_, stop = start(t, cfg)
	stop()
	_ = back.Close()
}

// askedBack has a server connect back, and returns the client's end of it.
func askedBack(t *testing.T, at netip.AddrPort, change ChangeRequest) net.Conn {
	t.Helper()
	lc := net.ListenConfig{Control: reuse}
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	m := request8489(t, change)
	if told := askTCP(t, dial(t, remoteOf(l.Addr()), at), m); told.Code != 0 {
		t.Fatalf("error %d", told.Code)
	}
	back, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = back.Close() })
	readTCP(t, back, m)
	return back
}

// A server sends to single hosts only.
func TestNoBroadcast(t *testing.T) {
	s := serve(t, Config{})
	_, err := s.families[0].spots[0].udp[0].WriteToUDPAddrPort(request8489(t).Raw, ap("127.255.255.255:9"))
	if !errors.Is(err, unix.EACCES) {
		t.Errorf("sending to all hosts: %v, want %v", err, unix.EACCES)
	}
}

// A server speaks plain TCP, to clients and to its peer.
func TestNoMultipath(t *testing.T) {
	s := serve(t, Config{Peer: freeControl(t, loopback2).String(), Secret: secret})
	for name, l := range map[string]*net.TCPListener{"clients": s.families[0].spots[0].tcp, "peer": s.peer.listener} {
		raw, err := l.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		protocol := 0
		var failure error
		err = raw.Control(func(fd uintptr) {
			protocol, failure = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_PROTOCOL)
		})
		if err := errors.Join(err, failure); err != nil {
			t.Fatal(err)
		}
		if protocol != unix.IPPROTO_TCP {
			t.Errorf("%s: protocol %d, want %d", name, protocol, unix.IPPROTO_TCP)
		}
	}
}
