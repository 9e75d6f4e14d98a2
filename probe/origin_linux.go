package probe

import (
	"syscall"

	"golang.org/x/sys/unix"
)

func bindToDevice(c syscall.RawConn, device string) error {
	var failure error
	err := c.Control(func(fd uintptr) { failure = unix.BindToDevice(int(fd), device) })
	if err != nil {
		return err
	}
	return failure
}
