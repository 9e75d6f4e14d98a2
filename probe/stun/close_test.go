package stun

import (
	"context"
	"net/netip"
	"testing"
	"time"
)

// Close ends all that Serve waits for: the sockets, a client's connection and the
// peer's.
func TestClose(t *testing.T) {
	s, err := Listen(Config{Peer: freeControl(t, loopback2).String(), Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(context.Background()) }()
	conn := dial(t, netip.AddrPortFrom(loopback, 0), s.Endpoints()[0])
	askTCP(t, conn, request8489(t))
	s.Close()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the server does not end")
	}
	s.Close() // once more does no harm
}
