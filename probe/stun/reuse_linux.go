package stun

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// manySockets is whether several sockets can share an endpoint, so that each
// core has one of its own, and a connection can be made from an endpoint that is
// listened on.
const manySockets = true

// reuse lets other sockets of this user have the same endpoint.
func reuse(_, _ string, conn syscall.RawConn) error {
	var failure error
	err := conn.Control(func(fd uintptr) {
		failure = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	})
	if err != nil {
		return err
	}
	return failure
}
