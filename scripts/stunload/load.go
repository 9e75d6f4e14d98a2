//go:build linux

package main

import (
	"encoding/binary"
	"net/netip"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const batchSize = 32

// A load asks a server over several sockets, as fast as wanted, in one thread
// that never waits.
type load struct {
	fds            []int
	out, in        [batchSize]mmsghdr
	outIO, inIO    [batchSize]unix.Iovec
	requests, room [batchSize][128]byte
	began          time.Time
	counting       time.Duration // since when, after began
	sent, answered int
	latencies      []time.Duration
}

type mmsghdr struct {
	hdr unix.Msghdr
	len uint32
}

func newLoad(server netip.AddrPort, sockets int) (*load, error) {
	l := &load{began: time.Now()}
	for i := range batchSize {
		// A request is a header alone: type, length, cookie, transaction ID.
		binary.BigEndian.PutUint64(l.requests[i][:], 0x000100002112a442)
		l.outIO[i].Base, l.inIO[i].Base = &l.requests[i][0], &l.room[i][0]
		l.outIO[i].SetLen(20)
		l.inIO[i].SetLen(len(l.room[i]))
		l.out[i].hdr.Iov, l.in[i].hdr.Iov = &l.outIO[i], &l.inIO[i]
		l.out[i].hdr.SetIovlen(1)
		l.in[i].hdr.SetIovlen(1)
	}
	for range sockets {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			return nil, err
		}
		to := &unix.SockaddrInet4{Addr: server.Addr().As4(), Port: int(server.Port())}
		if err := unix.Connect(fd, to); err != nil {
			return nil, err
		}
		l.fds = append(l.fds, fd)
	}
	return l, nil
}

// run asks for a while and counts anew.
func (l *load) run(rate, window int, duration time.Duration) {
	l.sent, l.answered, l.latencies = 0, 0, l.latencies[:0]
	begun := time.Now()
	l.counting = time.Since(l.began)
	progress, given := begun, 0 // given up are requests that are taken for lost
	for turn := 0; ; turn++ {
		now := time.Now()
		if now.Sub(begun) > duration {
			break
		}
		due := window - (l.sent - given - l.answered)
		if rate > 0 {
			due = int(now.Sub(begun).Seconds()*float64(rate)) - l.sent
		}
		if due > 0 {
			l.send(l.fds[turn%len(l.fds)], min(due, batchSize, max(1, window/len(l.fds))))
		}
		if l.drain() > 0 {
			progress = now
		} else if now.Sub(progress) > 20*time.Millisecond {
			given, progress = l.sent-l.answered, now
		}
	}
	for end := time.Now(); time.Since(end) < 20*time.Millisecond; {
		l.drain()
	}
}

func (l *load) send(fd, count int) {
	stamp := uint64(time.Since(l.began))
	for i := range count {
		binary.BigEndian.PutUint64(l.requests[i][8:], stamp)
	}
	n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(fd),
		uintptr(unsafe.Pointer(&l.out[0])), uintptr(count), 0, 0, 0)
	if errno == 0 {
		l.sent += int(n)
	}
}

// drain reads what has come on all sockets.
func (l *load) drain() (all int) {
	for _, fd := range l.fds {
		n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(fd),
			uintptr(unsafe.Pointer(&l.in[0])), batchSize, 0, 0, 0)
		if errno != 0 {
			continue
		}
		now := time.Since(l.began)
		for i := range int(n) {
			if l.in[i].len < 32 || l.room[i][0] != 1 || l.room[i][1] != 1 {
				continue
			}
			asked := time.Duration(binary.BigEndian.Uint64(l.room[i][8:]))
			if asked < l.counting {
				continue // an answer that the run before gave up
			}
			all++
			l.latencies = append(l.latencies, now-asked)
		}
	}
	l.answered += all
	return all
}
