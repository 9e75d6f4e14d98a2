package probe_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/natproof/natproof/probe"
	"github.com/natproof/natproof/topology/sandboxtest"
)

// A resolver that never answers for addresses of IPv6 costs no more than a short
// moment, and nothing with IPv4 alone.
func TestSilentResolver(t *testing.T) {
	sandboxtest.RaiseLoopback(t)
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { check(t, conn.Close()) })
	go answerIPv4(conn)
	before := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = before })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		// Without a resolver of its own it reads the variable that the test sets back.
		return (&net.Dialer{Resolver: before}).DialContext(ctx, "udp4", conn.LocalAddr().String())
	}}
	for _, alone := range []bool{false, true} {
		r, err := probe.Probe(t.Context(), probe.Config{
			Servers: []string{"stun.example.org"}, NoRouter: true, NoTCP: true, NoIPv6: alone, Timeout: 8 * time.Second,
		})
		if err != nil || r.UDP4 == nil || r.UDP4.Reachable || len(r.Refused) != 1 {
			t.Errorf("alone %v: %v, %+v", alone, err, r)
		}
		// Nobody listens there, which takes five seconds of silence. Such a resolver took ten more.
		if limit := 8 * time.Second; time.Duration(r.Duration) > limit {
			t.Errorf("alone %v: took %v, want at most %v", alone, r.Duration, limit)
		}
	}
}

// answerIPv4 answers every question for an address of IPv4, and no other.
func answerIPv4(conn net.PacketConn) {
	buf := make([]byte, 512)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		end := 12 + strings.IndexByte(string(buf[12:n]), 0) + 5 // of the question
		if end > n || buf[end-3] != 1 {
			continue
		}
		answer := append([]byte(nil), buf[:end]...)
		copy(answer[2:], []byte{0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0})
		answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1)
		_, _ = conn.WriteTo(answer, from)
	}
}

// A run that is interrupted says so, and so does a resolver that says nothing in time.
func TestResolvingInTime(t *testing.T) {
	silent := func(ctx context.Context, _ string) ([]netip.Addr, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	started := time.Now()
	r, err := probe.Probe(t.Context(), probe.Config{Servers: []string{"stun.example.org"}, Lookup: silent})
	if took := time.Since(started); !errors.Is(err, probe.ErrNoServer) || took > 8*time.Second ||
		!strings.Contains(r.Unmeasured["ipv4"], "could be resolved") {
		t.Errorf("took %v: %v, %v", took, err, r.Unmeasured)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	r, err = probe.Probe(ctx, probe.Config{Servers: []string{"stun.example.org"}, Lookup: silent})
	if !errors.Is(err, probe.ErrNoServer) || len(r.Refused) != 1 ||
		!strings.Contains(r.Refused[0].Reason, "interrupted") {
		t.Errorf("interrupted: %v, %v", err, r.Refused)
	}
}

// A report is returned also where no name can be resolved.
func TestUnresolved(t *testing.T) {
	r, err := probe.Probe(t.Context(), probe.Config{
		Servers: []string{"stun.example.org"},
		Lookup:  func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("no such host") },
	})
	if !errors.Is(err, probe.ErrNoServer) || r == nil || r.Schema != probe.Schema || len(r.Refused) != 1 ||
		r.Outcome() != probe.Unreached {
		t.Errorf("%v, %+v", err, r)
	}
	// The resolver has an error of its own for a name of the other version of IP.
	r, err = probe.Probe(t.Context(), probe.Config{
		Servers: []string{"stun.example.org"}, NoIPv4: true,
		Lookup: func(context.Context, string) ([]netip.Addr, error) { return nil, new(net.AddrError) },
	})
	if err != nil || len(r.Refused) > 0 || !strings.Contains(r.Unmeasured["ipv6"], "has an address of IPv6") {
		t.Errorf("%v, %v", err, r.Unmeasured)
	}
}
