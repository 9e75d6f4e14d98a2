package stun

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// batchSize is how many packets one system call takes or gives.
const batchSize = 64

// A batch is the packets that wait on a socket and the answers to them, each
// moved by one system call. The batches of golang.org/x/net allocate an address
// for each packet, hence our own.
type batch struct {
	raw      syscall.RawConn
	in, out  [batchSize]message
	inIO     [batchSize]unix.Iovec
	outIO    [batchSize]unix.Iovec
	names    [batchSize]unix.RawSockaddrInet6 // large enough for IPv4 too
	received int
	queued   int
	sent     int
	errno    unix.Errno
	pace     pace
	// Closures are made once, since making them allocates.
	receiveFrom, sendTo func(fd uintptr) bool
}

// A message is the kernel's struct mmsghdr.
type message struct {
	hdr unix.Msghdr
	len uint32
}

func newBatch(conn *net.UDPConn) (*batch, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	b := &batch{raw: raw}
	room := make([]byte, 2*batchSize*maxPacket)
	for i := range batchSize {
		in, out := room[2*i*maxPacket:][:maxPacket], room[(2*i+1)*maxPacket:][:maxPacket]
		b.inIO[i].Base, b.outIO[i].Base = &in[0], &out[0]
		b.inIO[i].SetLen(maxPacket)
		b.in[i].hdr.Iov = &b.inIO[i]
		b.in[i].hdr.Name = (*byte)(unsafe.Pointer(&b.names[i]))
		b.in[i].hdr.SetIovlen(1)
		b.in[i].hdr.Namelen = unix.SizeofSockaddrInet6
	}
	b.receiveFrom, b.sendTo = b.recvmmsg, b.sendmmsg
	return b, nil
}

// receive waits for packets and returns how many came.
func (b *batch) receive() (int, error) {
	for i := range b.received {
		b.in[i].hdr.Namelen = unix.SizeofSockaddrInet6
	}
	b.received = 0
	if err := b.raw.Read(b.receiveFrom); err != nil {
		return 0, err
	}
	if b.errno != 0 {
		return 0, fmt.Errorf("recvmmsg: %w", b.errno)
	}
	return b.received, nil
}

// recvmmsg takes the packets that wait, and reports whether the call has ended.
func (b *batch) recvmmsg(fd uintptr) bool {
	errno := unix.EAGAIN
	var n uintptr
	if b.pace.patient() {
		// The runtime does not hear of so short a wait: it would take the thread for
		// blocked and look after it, which costs more than is saved. Where it wants
		// the thread, its signal ends the wait.
		n, _, errno = unix.RawSyscall6(unix.SYS_RECVMMSG, fd,
			uintptr(unsafe.Pointer(&b.in[0])), batchSize, unix.MSG_WAITFORONE, 0, 0)
	}
	for errno == unix.EAGAIN || errno == unix.EINTR {
		n, _, errno = unix.Syscall6(unix.SYS_RECVMMSG, fd,
			uintptr(unsafe.Pointer(&b.in[0])), batchSize, unix.MSG_DONTWAIT, 0, 0)
		if errno == unix.EAGAIN {
			b.pace.lookedAround()
			return false
		}
	}
	if b.errno = errno; errno == 0 {
		b.received = int(n)
	}
	return true
}

// took notes that n packets came at now, which decides how to wait for the next.
func (b *batch) took(n int, now time.Duration) { b.pace.took(n, now) }

// packet returns packet i and where it came from. A packet that was too long to
// be read whole is empty.
func (b *batch) packet(i int) ([]byte, netip.AddrPort) {
	m, name := &b.in[i], &b.names[i]
	size := m.len
	if m.hdr.Flags&unix.MSG_TRUNC != 0 {
		size = 0
	}
	port := binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(&name.Port))[:])
	addr := netip.AddrFrom16(name.Addr)
	if name.Family == unix.AF_INET {
		addr = netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(name)).Addr)
	}
	return unsafe.Slice(b.inIO[i].Base, size), netip.AddrPortFrom(addr, port)
}

// room returns the room for the answer to packet i.
func (b *batch) room(i int) []byte { return unsafe.Slice(b.outIO[i].Base, maxPacket)[:0] }

// queue has an answer of that size, which lies in the room of packet i, sent to
// a port of the host that packet i came from. Packets are queued in their order.
func (b *batch) queue(i, size int, port uint16) {
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&b.names[i].Port))[:], port)
	b.outIO[i].SetLen(size)
	hdr := &b.out[b.queued].hdr
	hdr.Name, hdr.Namelen = b.in[i].hdr.Name, b.in[i].hdr.Namelen
	hdr.Iov = &b.outIO[i]
	hdr.SetIovlen(1)
	b.queued++
}

// flush sends the queued packets and returns how many the system did not take.
func (b *batch) flush() (failed int) {
	for b.sent = 0; b.sent < b.queued; {
		b.errno = 0
		if err := b.raw.Write(b.sendTo); err != nil {
			failed += b.queued - b.sent
			break
		}
		if b.errno != 0 {
			// The error is that of the first packet; the others are not tried.
			b.sent++
			failed++
		}
	}
	b.queued = 0
	return failed
}

func (b *batch) sendmmsg(fd uintptr) bool {
	for {
		n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, fd,
			uintptr(unsafe.Pointer(&b.out[b.sent])), uintptr(b.queued-b.sent), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			return false
		case 0:
			b.sent += int(n)
		}
		b.errno = errno
		return true
	}
}
