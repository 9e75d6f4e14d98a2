//go:build windows || linux

package path_test

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/natproof/natproof/probe/path"
)

// echoReply is the beginning of an ICMP_ECHO_REPLY.
func echoReply(from netip.Addr, status uint32) []byte {
	return binary.NativeEndian.AppendUint32(from.AsSlice(), status)
}

// Calls that block are answered beside each other and in the order of their
// answers, and a trace waits for no more of them than for packets.
func TestPinger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var freed atomic.Bool
		s := path.NewPinger(func(to netip.Addr, ttl int, wait time.Duration) []byte {
			switch {
			case ttl == 1:
				time.Sleep(20 * time.Millisecond)
				return echoReply(traceHome, 11013)
			case ttl > 6 || to == traceOwn && ttl > 2:
				time.Sleep(20 * time.Millisecond)
				return echoReply(to, 0)
			}
			time.Sleep(wait)
			return nil
		}, func() { freed.Store(true) })
		started := time.Now()
		trace := path.TraceWith(t.Context(), s, traceServer, traceOwn, 30*time.Millisecond)
		path.Close(s)
		server, own := trace.Ends()
		if server != "192.168.1.1 - - - - - - -" || own != "192.168.1.1 - reached reached - - - -" {
			t.Errorf("to the server %s, to its own address %s", server, own)
		}
		want := 2*20*time.Millisecond + 2*path.StrideMost + 2*(path.Rest+60*time.Millisecond)
		if took := time.Since(started); took != want {
			t.Errorf("took %v, want %v", took, want)
		}
		if freed.Load() {
			t.Error("calls that go on have lost what they need")
		}
		time.Sleep(2 * path.LongestWait)
		synctest.Wait()
		if !freed.Load() {
			t.Error("nothing was freed after the last call")
		}
	})
}

// An answer tells of at most one end, and only the destination tells that it was
// reached.
func FuzzEchoReply(f *testing.F) {
	const echoed, unreachable, timedOut, expired = 0, 11003, 11010, 11013
	for _, test := range []struct {
		from   netip.Addr
		status uint32
		want   string
	}{
		{traceServer, echoed, "reached"},
		{traceServer, unreachable, "reached"},
		{traceServer, expired, "reached"},
		{traceServer, timedOut, "-"},
		{traceHome, echoed, "-"},
		{traceHome, unreachable, "-"},
		{traceHome, expired, "192.168.1.1"},
	} {
		b := echoReply(test.from, test.status)
		f.Add(b)
		if h, ok := path.ReadEchoReply(b, traceServer); h.Words() != test.want || ok != (test.want != "-") {
			f.Errorf("%v, status %d: %s, %v, want %s", test.from, test.status, h.Words(), ok, test.want)
		}
	}
	f.Add(echoReply(traceServer, echoed)[:7])
	f.Fuzz(func(t *testing.T, b []byte) {
		h, ok := path.ReadEchoReply(b, traceServer)
		if ok != (h.Reached != h.Exceeded.IsValid()) ||
			ok && h.Reached != strings.HasPrefix(string(b), string(traceServer.AsSlice())) {
			t.Errorf("%x reads as %s, %v", b, h.Words(), ok)
		}
	})
}
