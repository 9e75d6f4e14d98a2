//go:build linux

package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A sender is the control message that names a packet's source address.
type sender struct {
	hdr  unix.Cmsghdr
	info unix.Inet4Pktinfo
	_    [4]byte // control messages are aligned to 8 bytes
}

// crowd asks the server once from each of the first count addresses of 10.128.0.0/9,
// which have to be this host's (a local route to all of them makes them so), and
// tells how many had an answer and how much memory the server had before and after.
func crowd(server netip.AddrPort, count, window, pid int, name string) error {
	l, err := newLoad(server, 0)
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return err
	}
	l.fds = []int{fd}
	to := unix.RawSockaddrInet4{Family: unix.AF_INET, Addr: server.Addr().As4()}
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&to.Port))[:], server.Port())
	var senders [batchSize]sender
	for i := range senders {
		s := &senders[i]
		s.hdr.Level, s.hdr.Type = unix.IPPROTO_IP, unix.IP_PKTINFO
		s.hdr.SetLen(unix.SizeofCmsghdr + unix.SizeofInet4Pktinfo)
		hdr := &l.out[i].hdr
		hdr.Name, hdr.Namelen = (*byte)(unsafe.Pointer(&to)), unix.SizeofSockaddrInet4
		hdr.Control = (*byte)(unsafe.Pointer(s))
		hdr.SetControllen(int(unsafe.Sizeof(*s)))
	}
	before := resident(pid)
	progress := time.Now()
	for asked := 0; asked < count && time.Since(progress) < time.Second; {
		if l.sent-l.answered < window {
			batch := min(batchSize, count-asked)
			for i := range batch {
				binary.BigEndian.PutUint32(senders[i].info.Spec_dst[:], 10<<24|1<<23|uint32(asked+i))
			}
			sent := l.sent
			l.send(fd, batch)
			asked += l.sent - sent
		}
		if l.drain() > 0 {
			progress = time.Now()
		}
	}
	for end := time.Now(); l.answered < l.sent && time.Since(end) < 100*time.Millisecond; {
		l.drain()
	}
	fmt.Printf("%-22s %d sources asked, %d had an answer; resident %s before, %s after\n",
		name, l.sent, l.answered, before, resident(pid))
	return nil
}

// resident is how much memory a process has, as the kernel says it.
func resident(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return "?"
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}
