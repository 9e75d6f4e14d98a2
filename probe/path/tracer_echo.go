//go:build windows || linux

package path

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"time"
)

// A pinger asks for echoes by calls that return with the answer. Windows has
// nothing else; on other systems only the tests use it.
type pinger struct {
	// ping returns an ICMP_ECHO_REPLY, or nothing if no answer came in that time.
	ping func(to netip.Addr, ttl int, wait time.Duration) []byte
	// free is called after the last call.
	free func()

	calls sync.WaitGroup
	ends  chan end
}

func newPinger(ping func(netip.Addr, int, time.Duration) []byte, free func()) *pinger {
	return &pinger{ping: ping, free: free, ends: make(chan end, mostPackets)}
}

// send waits until the call is about to be made, so that the calls are made in
// order. An answer counts as long as the trace goes on.
func (s *pinger) send(to netip.Addr, i int) bool {
	calling := make(chan struct{})
	s.calls.Go(func() {
		close(calling)
		if h, ok := readEchoReply(s.ping(to, i+1, 2*longestWait), to); ok {
			s.ends <- end{to, i, h}
		}
	})
	<-calling
	return true
}

func (s *pinger) receive(until time.Time) ([]end, error) {
	select {
	case e := <-s.ends:
		return []end{e}, nil
	case <-time.After(time.Until(until)):
		return nil, nil
	}
}

// close leaves the calls that still wait to themselves, since nothing can end
// them early.
func (s *pinger) close() {
	go func() {
		s.calls.Wait()
		s.free()
	}()
}

// The words of Windows on an echo (IP_STATUS): it came; the destination is
// unreachable, from its network to its port; the time to live was exceeded.
const (
	echoed             = 0
	netUnreachable     = 11002
	portUnreachable    = 11005
	ttlExpiredOnTheWay = 11013
)

// readEchoReply reads the beginning of an ICMP_ECHO_REPLY, which is the same on
// 32 and 64 bits: an IPv4 address and a status.
func readEchoReply(b []byte, to netip.Addr) (Hop, bool) {
	if len(b) < 8 {
		return Hop{}, false
	}
	from := netip.AddrFrom4([4]byte(b[:4]))
	switch status := binary.NativeEndian.Uint32(b[4:]); {
	case status == ttlExpiredOnTheWay:
		return said(from, to, true)
	case status == echoed, status >= netUnreachable && status <= portUnreachable:
		return said(from, to, false)
	}
	return Hop{}, false
}
