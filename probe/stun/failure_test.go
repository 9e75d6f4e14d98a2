package stun

import (
	"context"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	pion "github.com/pion/stun/v2"
)

// Only errors from the network tell a prober of a filter.
func TestEventOf(t *testing.T) {
	near := ap("127.0.0.2:7")
	far := ap("192.0.2.1:7") // no way leads there from loopback
	for _, test := range []struct {
		err  error
		to   netip.AddrPort
		want Event
	}{
		{syscall.ECONNREFUSED, near, NotConnected},
		{syscall.ETIMEDOUT, near, NotConnected},
		{syscall.EHOSTUNREACH, near, NotConnected},
		{syscall.ENETUNREACH, near, NotConnected},
		{syscall.EACCES, near, NotConnected},
		{syscall.EHOSTUNREACH, far, Unsent},
		{syscall.ENETUNREACH, far, Unsent},
		{syscall.EADDRNOTAVAIL, near, Unsent},
		{syscall.EADDRINUSE, near, Unsent},
		{syscall.EMFILE, near, Unsent},
		{syscall.ENOBUFS, near, Unsent},
		{syscall.EPERM, near, Unsent},
		// A dialer's own timeout ends in one or the other.
		{os.ErrDeadlineExceeded, near, NotConnected},
		{context.DeadlineExceeded, near, NotConnected},
		{context.Canceled, near, Unsent},
	} {
		err := &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", test.err)}
		if got := eventOf(err, loopback, test.to); got != test.want {
			t.Errorf("%v to %v: %v, want %v", err, test.to, got, test.want)
		}
	}
}

// A server that cannot connect does not say that the client could not be reached.
func TestConnectBackUnable(t *testing.T) {
	if !manySockets {
		t.Skip("connections back need SO_REUSEPORT as Linux has it")
	}
	for name, serves := range map[string]func() *Server{
		"one host": func() *Server { return serve(t, Config{Alternate: []netip.Addr{loopback2}}) },
		"a pair":   func() *Server { one, _ := servePair(t); return one },
	} {
		t.Run(name, func(t *testing.T) {
			lc := net.ListenConfig{Control: reuse}
			l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			conn := dial(t, remoteOf(l.Addr()), serves().Endpoints()[0])
			// There can be one connection between the same two endpoints.
			want := Response{Code: int(pion.CodeServerError), Reason: "Server Error", Padding: -1}
			change := ChangeRequest{IP: true, Port: true}
			if got := askTCP(t, conn, request8489(t, change)); got.Code != 0 {
				t.Fatalf("error %d at first", got.Code)
			}
			if diff := cmp.Diff(want, askTCP(t, conn, request8489(t, change)), compareResponses); diff != "" {
				t.Errorf("the second time (-want +got):\n%s", diff)
			}
		})
	}
}
