package probe

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// quiet has a connection's first acknowledgement wait for the question, which it goes
// with in one packet.
func quiet(c syscall.RawConn) error {
	var failure error
	err := c.Control(func(fd uintptr) { failure = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_QUICKACK, 0) })
	if err != nil {
		return err
	}
	return failure
}
