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
		"--security-opt seccomp=unconfined --security-opt apparmor=unconfined"
	appArmorFix = "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 " +
		"(or an AppArmor profile for natproof with the rule userns)"
)

// ExplainSandbox turns the error of StartSandboxed into one message that says
// what keeps this host from it and what helps. It returns nil for nil.
func ExplainSandbox(err error) error {
	var explained *sandboxError
	if err == nil || errors.As(err, &explained) {
		return err
	}
	return &sandboxError{err}
}

// A sandboxError is an error of StartSandboxed together with the ways out.
type sandboxError struct{ err error }

func (e *sandboxError) Error() string {
	return fmt.Sprintf("%v\n%s", e.err, remedy(e.err))
}

func (e *sandboxError) Unwrap() error { return e.err }

// remedy says what helps against a sandbox that does not start.
func remedy(err error) string {
	ways := remedies(err, host{
		user:             os.Geteuid(),
		contained:        contained(),
		appArmorRestrict: parameter("kernel/apparmor_restrict_unprivileged_userns"),
		userNamespaces:   parameter("kernel/unprivileged_userns_clone"),
		maxNamespaces:    parameter("user/max_user_namespaces"),
	})
	if len(ways) == 1 {
		return "this helps: " + ways[0]
	}
	return "any of these may help:\n  - " + strings.Join(ways, "\n  - ")
}

// A host is what decides whether a sandbox can be had. Parameters are empty
// where the kernel has none of that name.
type host struct {
	user             int
	contained        bool
	appArmorRestrict string
	userNamespaces   string
	maxNamespaces    string
}

// remedies lists what helps against err on a host, the likeliest first.
func remedies(err error, h host) []string {
	var ways []string
	if h.user != 0 && h.userNamespaces == "0" {
		ways = append(ways, "sudo sysctl -w kernel.unprivileged_userns_clone=1")
	}
	if h.maxNamespaces == "0" || errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EUSERS) {
		ways = append(ways, "sudo sysctl -w user.max_user_namespaces=65536 user.max_net_namespaces=65536 "+
			"user.max_mnt_namespaces=65536 user.max_pid_namespaces=65536")
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
		ways = append(ways, "run natproof as root, with all capabilities")
	}
	return ways
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
