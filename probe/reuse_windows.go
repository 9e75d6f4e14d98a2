package probe

import (
	"errors"
	"syscall"

	"golang.org/x/sys/windows"
)

// reuse lets several TCP sockets of this process have one local port, for which
// this option suffices here.
func reuse(_, _ string, conn syscall.RawConn) error {
	var failure error
	err := conn.Control(func(fd uintptr) {
		failure = syscall.SetsockoptInt(syscall.Handle(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	})
	if err != nil {
		return err
	}
	return failure
}

// refused reports whether a connection failed because somebody answered that it
// will not come about.
func refused(err error) bool {
	for _, answer := range []syscall.Errno{
		windows.WSAECONNREFUSED, windows.WSAECONNRESET, windows.WSAEHOSTUNREACH, windows.WSAENETUNREACH,
	} {
		if errors.Is(err, answer) {
			return true
		}
	}
	return false
}

// snatched reports whether a connection failed because its local port is another's.
func snatched(err error) bool {
	return errors.Is(err, windows.WSAEADDRNOTAVAIL) || errors.Is(err, windows.WSAEADDRINUSE)
}
