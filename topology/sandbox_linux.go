package topology

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Sandbox returns a command that runs a program in network and mount namespaces
// of its own, so that nothing it does there reaches the host. For a caller who
// may not make namespaces, they lie in a new user namespace, where the program
// takes the caller for root. The environment is inherited, and mounts do not
// propagate. Start the command with StartSandboxed.
func Sandbox(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	dieWithUs(cmd)
	// Unshared mounts are made private by the standard library.
	cmd.SysProcAttr.Unshareflags = syscall.CLONE_NEWNET | syscall.CLONE_NEWNS
	// What is typed at a terminal, and its hangup, are for the caller to handle.
	cmd.SysProcAttr.Setpgid = true
	if !privileged() {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return cmd
}

// StartSandboxed starts a command made by Sandbox and returns the function that
// waits for it, to be called once, instead of cmd.Wait. The program is killed
// when this process ends, however it ends.
func StartSandboxed(cmd *exec.Cmd) (wait func() error, err error) {
	started, ended := make(chan error), make(chan error, 1)
	go func() {
		// The kernel kills the program when the thread that started it ends.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("topology: starting a sandbox: %w", err)
	}
	return func() error { return <-ended }, nil
}

// privileged reports whether namespaces can be made without a user namespace.
// Capabilities alone do not count: a program that has them from its file is, for
// the kernel, another's, and does not die with its parent.
func privileged() bool {
	if os.Geteuid() != 0 {
		return false
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	if err := unix.Capget(&header, &sets[0]); err != nil {
		return false
	}
	const needed = 1<<unix.CAP_SYS_ADMIN | 1<<unix.CAP_NET_ADMIN | 1<<unix.CAP_NET_RAW
	return sets[0].Effective&needed == needed
}

// parameter returns a kernel parameter, and "" for one that the kernel does not
// know.
func parameter(key string) string {
	value, err := os.ReadFile("/proc/sys/" + key)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(value))
}
