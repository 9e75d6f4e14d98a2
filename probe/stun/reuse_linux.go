package stun

import (
	"errors"
	"net"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// manySockets is whether several sockets can share an endpoint, so that each
// core has one of its own, and a connection can be made from an endpoint that is
// listened on.
const manySockets = true

// reuse lets other sockets of this user have the same endpoint.
func reuse(network, _ string, conn syscall.RawConn) error {
	if err := setOption(conn, unix.SO_REUSEPORT, 1); err != nil || !strings.HasPrefix(network, "tcp") {
		return err
	}
	// The remains of a connection back, which last as long as its client likes,
	// would keep the next server from listening. Go sets this on listeners only.
	return setOption(conn, unix.SO_REUSEADDR, 1)
}

// prepare has a socket send nothing to broadcast addresses, which Go allows, and
// lets system calls on it wait, which Go does not: not for longer than the
// shortest time that the system knows, a few ms.
func prepare(conn *net.UDPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var failure error
	err = raw.Control(func(fd uintptr) {
		shortest := unix.Timeval{Usec: 1}
		failure = errors.Join(
			unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_BROADCAST, 0),
			unix.SetsockoptTimeval(int(fd), unix.SOL_SOCKET, unix.SO_RCVTIMEO, &shortest),
			unix.SetsockoptTimeval(int(fd), unix.SOL_SOCKET, unix.SO_SNDTIMEO, &shortest),
			unix.SetNonblock(int(fd), false))
	})
	return errors.Join(err, failure)
}

func setOption(conn syscall.RawConn, option, value int) error {
	var failure error
	err := conn.Control(func(fd uintptr) {
		failure = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, option, value)
	})
	if err != nil {
		return err
	}
	return failure
}
