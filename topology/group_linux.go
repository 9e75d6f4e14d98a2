package topology

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Names under which this program starts itself again. They are first arguments
// and not variables of the environment, which a child would inherit.
const (
	groupName = "natproof-init"
	scoutName = "natproof-scout"
)

// cannotRun is the status of a group whose program could not be started, as a
// shell has it.
const cannotRun = 126

// Init takes over if this process was started to hold a group (StartGroup) or to
// look at the host (Diagnose), and then does not return. Otherwise it does
// nothing. A main function and a TestMain that use either call it first.
func Init() {
	switch os.Args[0] {
	case groupName:
		os.Exit(holdGroup(os.Args[1], os.Args[2], os.Args[3], os.Args[4:]))
	case scoutName:
		os.Exit(scout(os.Stdout))
	}
}

// StartGroup starts a program inside the node as Start does, but together with
// all that it will ever start: when the program ends or is killed, or this
// process ends, nothing of it is left. The program gets a process table (PID
// namespace) of its own, and a /proc that shows it where the kernel allows that.
//
// SIGTERM and SIGINT sent to cmd.Process reach the program, and cmd.Wait returns
// its exit status: 128 and the signal's number if a signal ended it, 126 if it
// could not be run. The program must be able to call Init.
func (n *Node) StartGroup(cmd *exec.Cmd) error { return n.StartGroupWithFolder(cmd, "") }

// StartGroupWithFolder is StartGroup for a program that is given a private
// folder, empty and writable, which goes with the group. A variable of that name
// in the program's environment says where it is. The group cannot be run where
// no folder can be made.
func (n *Node) StartGroupWithFolder(cmd *exec.Cmd, variable string) error {
	path := cmd.Path
	if err := n.startGroup(cmd, variable); err != nil {
		return fmt.Errorf("topology: starting %s on %s: %w", path, n.Name(), err)
	}
	return nil
}

func (n *Node) startGroup(cmd *exec.Cmd, folder string) error {
	if cmd.Err != nil {
		return cmd.Err
	}
	parent, err := os.Readlink("/proc/self")
	if err != nil {
		return err
	}
	cmd.Args = append([]string{groupName, parent, folder, cmd.Path}, cmd.Args...)
	cmd.Path = "/proc/self/exe"
	dieWithUs(cmd)
	cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWPID
	// Unshared mounts are made private by the standard library.
	cmd.SysProcAttr.Unshareflags |= syscall.CLONE_NEWNS
	// An interrupt typed at a terminal is for us to handle.
	cmd.SysProcAttr.Setpgid = true
	return n.start(cmd)
}

// holdGroup is the first process of a group. It starts the program, hands it
// the signals it gets, and returns its exit status; the kernel then kills the
// rest of the group.
func holdGroup(parent, folder, path string, args []string) int {
	if orphaned(parent) {
		return 1
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	// Without it, the program sees the processes outside: inconvenient only.
	_ = unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")

	if folder != "" {
		if err := mountFolder(folder, path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return cannotRun
		}
	}

	pid, err := syscall.ForkExec(path, args, &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}})
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
		return cannotRun
	}
	go func() {
		for received := range signals {
			if number, ok := received.(syscall.Signal); ok {
				_ = syscall.Kill(pid, number)
			}
		}
	}()
	for {
		var status syscall.WaitStatus
		ended, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case err == syscall.EINTR, err == nil && ended != pid:
			// Not ours, but the first process buries all orphans.
		case err != nil:
			fmt.Fprintf(os.Stderr, "waiting for %s: %v\n", path, err)
			return cannotRun
		case status.Signaled():
			return 128 + int(status.Signal())
		default:
			return status.ExitStatus()
		}
	}
}

// orphaned reports whether the parent ended before the kernel was asked to kill
// us with it. Both numbers are of the /proc that was mounted when it started us.
func orphaned(parent string) bool {
	status, err := os.ReadFile("/proc/self/status")
	return err == nil && !strings.Contains(string(status), "\nPPid:\t"+parent+"\n")
}
