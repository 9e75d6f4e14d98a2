package topology

import (
	"errors"
	"os"
	"runtime"

	"github.com/containernetworking/plugins/pkg/ns"
	"golang.org/x/sys/unix"
)

// ownSpace is the network namespace of the thread that opens it.
const ownSpace = "/proc/thread-self/ns/net"

// newSpace makes a network namespace and returns what holds it. The library's
// TempNetNS does as much, but keeps of an error nothing but its text, which does
// not tell what would help.
func newSpace() (space ns.NetNS, err error) {
	made := make(chan struct{})
	go func() {
		defer close(made)
		// The thread is left in the new namespace, so it ends with the goroutine.
		runtime.LockOSThread()
		if err = unix.Unshare(unix.CLONE_NEWNET); err != nil {
			err = os.NewSyscallError("unshare", err)
			return
		}
		space, err = ns.GetNS(ownSpace)
	}()
	<-made
	return space, err
}

// within runs f on a thread inside a namespace.
func within(space ns.NetNS, f func() error) error {
	if err := canOpen(2); err != nil {
		return err
	}
	return space.Do(func(ns.NetNS) error { return f() })
}

// canOpen tells beforehand what the library would tell as a mere text: that there
// are not n file descriptors left, which it needs to come back.
func canOpen(n int) error {
	if n == 0 {
		return nil
	}
	file, err := os.Open(ownSpace)
	if err != nil {
		return err
	}
	return errors.Join(canOpen(n-1), file.Close())
}
