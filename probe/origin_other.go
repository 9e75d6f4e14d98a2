//go:build !linux

package probe

import (
	"errors"
	"syscall"
)

func bindToDevice(syscall.RawConn, string) error {
	return errors.New("only Linux can be told the interface; name its address as the source")
}
