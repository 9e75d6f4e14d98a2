//go:build unix

package probe

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// reuse lets several TCP sockets of this process have one local port.
func reuse(_, _ string, conn syscall.RawConn) error {
	var failure error
	err := conn.Control(func(fd uintptr) {
		failure = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
		if failure == nil {
			failure = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
		}
	})
	if err != nil {
		return err
	}
	return failure
}

// refused reports whether a connection failed because somebody answered that it
// will not come about.
func refused(err error) bool {
	for _, answer := range []syscall.Errno{unix.ECONNREFUSED, unix.ECONNRESET, unix.EHOSTUNREACH, unix.ENETUNREACH} {
		if errors.Is(err, answer) {
			return true
		}
	}
	return false
}

// snatched reports whether a connection failed because its local port is another's.
func snatched(err error) bool {
	return errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.EADDRINUSE)
}
