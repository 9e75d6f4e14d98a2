package topology

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// plain turns off what a veth leaves to hardware that it has not got. With it,
// packets reach ports, taps and NATs in user space with unfinished checksums,
// and in sizes that no wire would carry.
//
// These are the old one-word commands of ethtool, by ioctl: going by the names
// of features, as ethtool libraries do, takes five times as long per link.
func plain(iface string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	var errs []error
	for _, command := range []uint32{
		unix.ETHTOOL_STXCSUM, unix.ETHTOOL_STSO, unix.ETHTOOL_SGSO, unix.ETHTOOL_SGRO,
	} {
		errs = append(errs, turnOff(fd, iface, command))
	}
	return errors.Join(append(errs, unix.Close(fd))...)
}

func turnOff(fd int, iface string, command uint32) error {
	value := struct{ command, on uint32 }{command: command}
	request := struct {
		name  [unix.IFNAMSIZ]byte
		value unsafe.Pointer
		_     [16]byte // the kernel copies a whole struct ifreq
	}{value: unsafe.Pointer(&value)}
	copy(request.name[:unix.IFNAMSIZ-1], iface)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&request)))
	if errno != 0 {
		return os.NewSyscallError("ioctl", errno)
	}
	return nil
}
