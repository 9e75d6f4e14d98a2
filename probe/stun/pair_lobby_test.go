package stun

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// begun is how a client of TLS begins.
const begun = "\x16\x03\x01\x02\x00\x01"

// Strangers who stay neither keep the peer out nor fill the log.
func TestStrangers(t *testing.T) {
	var log shared
	s := serve(t, Config{
		Peer: freeControl(t, loopback2).String(), Secret: secret, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	for range 2 * maxWaiting {
		if _, err := dial(t, netip.AddrPortFrom(loopback, 0), s.Control()).Write([]byte(begun)); err != nil {
			t.Fatal(err)
		}
	}
	introduced(t, s, loopback2)
	eventually(t, "the first are sent away", func() bool { return count(s, Stranger, "tcp4") >= maxWaiting })
	lines := func() int { return strings.Count(log.String(), "without our secret") }
	eventually(t, "one of them is told of", func() bool { return lines() > 0 })
	if n := lines(); n != 1 {
		t.Errorf("%d lines about strangers, want 1:\n%s", n, &log)
	}
}

// A shared buffer is written by several.
type shared struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shared) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// A stranger without the secret gets no request across, to neither end.
func TestStrangerIsNotHeard(t *testing.T) {
	between := &tap{Conn: &memory{in: bytes.NewReader(nil)}}
	_, _ = meet(tls.Client(between, dialing(secret))) // nobody answers
	p := peerless()
	all := [][]byte{nil, []byte(begun), []byte("GET / HTTP/1.1\r\nHost: example\r\n\r\n"), between.all}
	for _, said := range requests(t) {
		all = append(all, said, slices.Concat(between.all, said))
	}
	for _, said := range all {
		if _, err := meet(tls.Server(&memory{in: bytes.NewReader(said)}, p.keys.listening())); err == nil {
			t.Errorf("a stranger is recognised who says %q", said)
		}
		if _, err := meet(tls.Client(&memory{in: bytes.NewReader(said)}, p.dialing())); err == nil {
			t.Errorf("a stranger is taken for the peer who says %q", said)
		}
	}
}

// A stranger has one deadline, however slowly it speaks.
func TestStrangerHasOneDeadline(t *testing.T) {
	conn := &timed{memory: memory{in: bytes.NewReader([]byte(begun))}}
	if _, err := meet(tls.Server(conn, keysOfTests().listening())); err == nil {
		t.Fatal("a stranger is recognised")
	}
	if len(conn.deadlines) != 1 || time.Until(conn.deadlines[0]) > meetTimeout {
		t.Errorf("deadlines %v, want one within %v", conn.deadlines, meetTimeout)
	}
}

// A timed connection remembers its deadlines.
type timed struct {
	memory
	deadlines []time.Time
}

func (c *timed) SetDeadline(t time.Time) error {
	c.deadlines = append(c.deadlines, t)
	return nil
}

func (c *timed) SetReadDeadline(t time.Time) error  { return c.SetDeadline(t) }
func (c *timed) SetWriteDeadline(t time.Time) error { return c.SetDeadline(t) }
