//go:build !linux

package stun

import (
	"net"
	"net/netip"
	"time"
)

// A batch is one packet where the system has no call for more.
type batch struct {
	conn    *net.UDPConn
	in, out [maxPacket]byte
	size    int
	src     netip.AddrPort
	answer  int
	port    uint16
	queued  bool
}

func newBatch(conn *net.UDPConn) (*batch, error) { return &batch{conn: conn}, nil }

// receive waits for a packet.
func (b *batch) receive() (int, error) {
	n, src, err := b.conn.ReadFromUDPAddrPort(b.in[:])
	switch {
	case tooLong(err):
		n, src = 0, netip.AddrPort{} // it is empty, as on Linux, and nobody's
	case err != nil:
		return 0, err
	}
	b.size, b.src = n, src
	return 1, nil
}

func (b *batch) packet(int) ([]byte, netip.AddrPort) {
	return b.in[:b.size], netip.AddrPortFrom(b.src.Addr().Unmap(), b.src.Port())
}

func (b *batch) room(int) []byte { return b.out[:0] }

func (b *batch) queue(_, size int, port uint16) { b.answer, b.port, b.queued = size, port, true }

// flush sends the queued packet and returns how many the system did not take.
func (b *batch) flush() (failed int) {
	if !b.queued {
		return 0
	}
	b.queued = false
	if _, err := b.conn.WriteToUDPAddrPort(b.out[:b.answer], netip.AddrPortFrom(b.src.Addr(), b.port)); err != nil {
		return 1
	}
	return 0
}

// took does nothing: there is only one way to wait.
func (b *batch) took(int, time.Duration) {}
