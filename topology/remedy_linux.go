package topology

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	containerFix = "start the container with --privileged, or with --cap-add SYS_ADMIN --cap-add NET_ADMIN " +
		"--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined"
	rootFix       = "run natproof as root, with all capabilities"
	namespacesFix = "sudo sysctl -w user.max_user_namespaces=65536 user.max_net_namespaces=65536 " +
		"user.max_mnt_namespaces=65536 user.max_pid_namespaces=65536"
	appArmorFix = "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 " +
		"(or an AppArmor profile for natproof with the rule userns)"
)

// wantedFiles is more than the topology of one worker has open.
const wantedFiles = 1024

// Explain turns an error of this package into one message that says what keeps
// this host from it and what helps. It returns nil for nil. What a Node or Link
// returns says so by itself where the host is the cause; an error of
// StartSandboxed is the one that needs it.
func Explain(err error) error {
	var explained *hostError
	if err == nil || errors.As(err, &explained) {
		return err
	}
	return &hostError{err, sandboxRemedies(err, thisHost())}
}

// explain is Explain for errors of which only some are due to the host; the
// others stay as they are.
func explain(err error) error {
	var explained *hostError
	if errors.As(err, &explained) {
		return err
	}
	if ways := remedies(err, thisHost()); len(ways) > 0 {
		return &hostError{err, ways}
	}
	return err
}

// A hostError is an error that the host is the cause of, together with the ways
// out, the likeliest first.
type hostError struct {
	err  error
	ways []string
}

func (e *hostError) Error() string {
	if len(e.ways) == 1 {
		return fmt.Sprintf("%v\nthis helps: %s", e.err, e.ways[0])
	}
	return fmt.Sprintf("%v\nany of these may help:%s", e.err, list(e.ways))
}

func (e *hostError) Unwrap() error { return e.err }

// fix returns the ways out as a Finding has them.
func (e *hostError) fix() string {
	if len(e.ways) == 1 {
		return e.ways[0]
	}
	return "any of these may help:" + list(e.ways)
}

func list(ways []string) string { return "\n  - " + strings.Join(ways, "\n  - ") }

// A host is what decides what helps. Parameters that the kernel does not know are
// empty.
type host struct {
	user             int
	contained        bool
	appArmorRestrict string
	userNamespaces   string
	maxNamespaces    string
	openFiles        uint64 // how many this process may have at most
}

func thisHost() host {
	h := host{
		user:             os.Geteuid(),
		contained:        contained(),
		appArmorRestrict: parameter("kernel/apparmor_restrict_unprivileged_userns"),
		userNamespaces:   parameter("kernel/unprivileged_userns_clone"),
		maxNamespaces:    parameter("user/max_user_namespaces"),
	}
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		h.openFiles = limit.Cur
	}
	return h
}

// remedies lists what helps against an error of a node. The list is empty if the
// host does not seem to be the cause.
func remedies(err error, h host) []string {
	switch {
	case errors.Is(err, unix.EMFILE):
		return []string{fmt.Sprintf("allow more open files than the %d of now: ulimit -n %d", h.openFiles, wantedFiles)}
	case errors.Is(err, unix.ENFILE):
		return []string{"allow more open files on this system: sudo sysctl -w fs.file-max=1000000"}
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EUSERS):
		return []string{namespacesFix}
	case lacking(err):
		return []string{"sudo modprobe -a veth bridge af_packet"}
	}
	var ways []string
	if errors.Is(err, unix.EROFS) {
		ways = append(ways, "make /proc/sys writable: sudo mount -o remount,rw /proc/sys")
	}
	if denied(err) && h.contained {
		ways = append(ways, containerFix)
	}
	if errors.Is(err, os.ErrPermission) {
		ways = append(ways, rootFix)
	}
	return ways
}

// sandboxRemedies lists what helps against err of a sandbox that does not start.
func sandboxRemedies(err error, h host) []string {
	var ways []string
	if h.user != 0 && h.userNamespaces == "0" {
		ways = append(ways, "sudo sysctl -w kernel.unprivileged_userns_clone=1")
	}
	if h.maxNamespaces == "0" || errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EUSERS) {
		ways = append(ways, namespacesFix)
	}
	if errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) {
		ways = append(ways, remedies(err, h)...)
	}
	if h.user != 0 && h.appArmorRestrict == "1" {
		ways = append(ways, appArmorFix)
	}
	if h.contained {
		ways = append(ways, containerFix)
	}
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		ways = append(ways, "use a kernel with CONFIG_USER_NS, CONFIG_NET_NS and CONFIG_PID_NS")
	}
	if h.user != 0 || len(ways) == 0 {
		ways = append(ways, rootFix)
	}
	return ways
}

// lacking reports whether err means that the kernel has no such thing.
func lacking(err error) bool {
	return errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.EPROTONOSUPPORT)
}

// denied reports whether err means that something is there but not allowed.
func denied(err error) bool {
	return errors.Is(err, os.ErrPermission) || errors.Is(err, unix.EROFS)
}

// contained reports whether this looks like a container, or another place where
// system calls are filtered.
func contained() bool {
	for _, mark := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(mark); err == nil {
			return true
		}
	}
	mode, err := unix.PrctlRetInt(unix.PR_GET_SECCOMP, 0, 0, 0, 0)
	return err == nil && mode == unix.SECCOMP_MODE_FILTER
}
