package path

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

const (
	icmpUnreachable  = 3
	icmpTimeExceeded = 11
)

// An errorQueue is a socket that the kernel hands the ICMP errors about its packets.
type errorQueue struct{ fd int }

func newTracer(local netip.Addr) (tracer, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.IPPROTO_UDP)
	if err != nil {
		return nil, fmt.Errorf("opening a socket: %w", err)
	}
	err = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_RECVERR, 1)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrInet4{Addr: local.As4()})
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("preparing a socket: %w", err), unix.Close(fd))
	}
	return errorQueue{fd}, nil
}

func (s errorQueue) close() { _ = unix.Close(s.fd) } // its error changes nothing about what was read

func (s errorQueue) send(to netip.Addr, i int) bool {
	if unix.SetsockoptInt(s.fd, unix.IPPROTO_IP, unix.IP_TTL, i+1) != nil {
		return false
	}
	// This error may be about an earlier packet, so the packet is sent again.
	for range 2 {
		err := unix.Sendto(s.fd, nil, 0, &unix.SockaddrInet4{Port: firstPort + i, Addr: to.As4()})
		if err == nil {
			return true
		}
	}
	return false
}

func (s errorQueue) receive(until time.Time) ([]end, error) {
	// Errors alone are waited for, which poll always does. A negative time would
	// be forever.
	wait := max(time.Until(until), 0)
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(s.fd)}}, int(wait/time.Millisecond)+1)
	switch {
	case errors.Is(err, unix.EINTR):
		return nil, nil
	case err != nil:
		return nil, err
	case n == 0:
		return nil, nil
	}
	return s.waiting(), nil
}

// waiting takes all errors that are waiting.
func (s errorQueue) waiting() []end {
	var ends []end
	buf, oob := make([]byte, 64), make([]byte, 512)
	for {
		_, size, _, from, err := unix.Recvmsg(s.fd, buf, oob, unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
		if err != nil {
			return ends
		}
		// The address is where the packet was sent to.
		to, ok := from.(*unix.SockaddrInet4)
		if !ok || to.Port < firstPort || to.Port >= firstPort+Farthest {
			continue
		}
		if h, ok := readHop(oob[:size], netip.AddrFrom4(to.Addr)); ok {
			ends = append(ends, end{netip.AddrFrom4(to.Addr), to.Port - firstPort, h})
		}
	}
}

// readHop reads struct sock_extended_err and the address after it, which is the
// ICMP message's source.
func readHop(oob []byte, to netip.Addr) (Hop, bool) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return Hop{}, false
	}
	const origin, kind, offender = 4, 5, 16 // offsets of ee_origin, ee_type, sockaddr_in
	for _, m := range messages {
		if m.Header.Level != unix.IPPROTO_IP || m.Header.Type != unix.IP_RECVERR || len(m.Data) < offender+8 {
			continue
		}
		d := m.Data
		if d[origin] != unix.SO_EE_ORIGIN_ICMP || binary.NativeEndian.Uint16(d[offender:]) != unix.AF_INET {
			continue
		}
		if d[kind] != icmpTimeExceeded && d[kind] != icmpUnreachable {
			continue
		}
		from := netip.AddrFrom4([4]byte(d[offender+4 : offender+8]))
		if h, ok := said(from, to, d[kind] == icmpTimeExceeded); ok {
			return h, true
		}
	}
	return Hop{}, false
}
