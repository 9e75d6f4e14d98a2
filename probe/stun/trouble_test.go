package stun

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// No error but that of a closed socket ends a server, and not all are waited for.
func TestGoesOn(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var log bytes.Buffer
	s := &Server{cfg: Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}}
	conn := newClient(t, "127.0.0.1:0").conn
	for _, test := range []struct {
		err         error
		goes, waits bool
	}{
		{net.ErrClosed, false, false},
		{syscall.ECONNREFUSED, true, false},
		{syscall.ECONNRESET, true, false},
		{syscall.Errno(10052), true, false}, // WSAENETRESET
		{syscall.Errno(10054), true, false}, // WSAECONNRESET
		{syscall.ENOBUFS, true, true},
		{syscall.ENOMEM, true, true},
		{syscall.ENETDOWN, true, true},
	} {
		err := &net.OpError{Op: "read", Err: os.NewSyscallError("recvmmsg", test.err)}
		if goes := s.goesOn(t.Context(), conn, err); goes != test.goes {
			t.Errorf("%v: goes on %v, want %v", err, goes, test.goes)
		}
		// A wait ends with the server.
		if waits := test.goes && !s.goesOn(ended, conn, err); waits != test.waits {
			t.Errorf("%v: waits %v, want %v", err, waits, test.waits)
		}
	}
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("%d lines are logged, want 1:\n%s", n, &log)
	}
}

func TestTooLong(t *testing.T) {
	for err, want := range map[error]bool{
		syscall.EMSGSIZE: true, syscall.Errno(10040): true, syscall.ENOBUFS: false, net.ErrClosed: false,
	} {
		if got := tooLong(&net.OpError{Op: "read", Err: os.NewSyscallError("wsarecvfrom", err)}); got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}

func TestSeldom(t *testing.T) {
	var s seldom
	at := time.Now()
	var got []bool
	for _, after := range []time.Duration{0, 1, seldomEvery - 1, seldomEvery, seldomEvery + 1} {
		got = append(got, s.due(at.Add(after)))
	}
	if diff := cmp.Diff([]bool{true, false, false, true, false}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
