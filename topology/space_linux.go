package topology

import (
	"errors"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// ownSpace is the network namespace of the thread that opens it.
const ownSpace = "/proc/thread-self/ns/net"

// newSpace makes a network namespace and returns the file that holds it. The
// libraries that do this keep of an error nothing but its text, which does not
// tell what would help.
func newSpace() (space *os.File, err error) {
	err = onThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return os.NewSyscallError("unshare", err)
		}
		space, err = os.Open(ownSpace)
		return err
	})
	return space, err
}

// within runs f on a thread inside a namespace.
func within(space *os.File, f func() error) error {
	return onThread(func() error {
		if err := join(space); err != nil {
			return err
		}
		return f()
	})
}

// onThread runs f on a thread that may change its network namespace, and brings
// the thread back home. A thread that cannot be brought back ends.
func onThread(f func() error) error {
	err := errors.New("the function ended its goroutine")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread()
		home, openErr := os.Open(ownSpace)
		if openErr != nil {
			runtime.UnlockOSThread()
			err = openErr
			return
		}
		defer home.Close()
		result := f()
		if join(home) == nil {
			runtime.UnlockOSThread()
		}
		err = result
	}()
	<-ended
	return err
}

func join(space *os.File) error {
	return os.NewSyscallError("setns", unix.Setns(int(space.Fd()), unix.CLONE_NEWNET))
}
