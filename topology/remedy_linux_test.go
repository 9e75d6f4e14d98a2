package topology

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// inTrouble is the variable that makes the test binary bring a trouble of that
// name about and write what errors come of it.
const inTrouble = "NATPROOF_TEST_TROUBLE"

// A trouble is something on a host that keeps topologies from being built.
type trouble struct {
	begin func(a, b *Node) error // before a topology is tried
	start func() *exec.Cmd       // of the process that has the trouble
	nodes bool                   // two nodes can be made before it begins
	cause error
	fix   string
}

var troubles = map[string]trouble{
	"read-only": {
		begin: func(*Node, *Node) error {
			const kept = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
			return errors.Join(
				unix.Mount("/proc/sys", "/proc/sys", "", unix.MS_BIND, ""),
				unix.Mount("", "/proc/sys", "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|kept, ""))
		},
		start: func() *exec.Cmd { return Sandbox(context.Background(), "/proc/self/exe") },
		nodes: true, cause: unix.EROFS, fix: "make /proc/sys writable",
	},
	"few namespaces": {
		begin: func(*Node, *Node) error {
			return os.WriteFile("/proc/sys/user/max_net_namespaces", []byte("2"), 0)
		},
		start: func() *exec.Cmd { return asUser(0) },
		nodes: true, cause: unix.ENOSPC, fix: "user.max_net_namespaces=",
	},
	"few files": {
		begin: func(*Node, *Node) error {
			err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 40, Max: 40})
			for err == nil {
				err = fill()
			}
			if !errors.Is(err, unix.EMFILE) {
				return err
			}
			return nil
		},
		start: func() *exec.Cmd { return asUser(0) },
		nodes: true, cause: unix.EMFILE, fix: "more open files than the 40 of now: ulimit -n",
	},
	"no privileges": {
		begin: func(*Node, *Node) error { return nil },
		start: func() *exec.Cmd { return asUser(1000) },
		cause: unix.EPERM, fix: "run natproof as root",
	},
}

// filling are files that are open only to leave none to others.
var filling []int

func fill() error {
	fd, err := unix.Dup(0)
	if err == nil {
		filling = append(filling, fd)
	}
	return err
}

// makeWithFew tries to make a node with ever more files, until it can be made:
// each try fails at a later step.
func makeWithFew(say func(what string, err error)) {
	for free := 1; ; free++ {
		last := len(filling) - 1
		_ = unix.Close(filling[last])
		filling = filling[:last]
		if _, err := NewNode("c"); err != nil {
			say(fmt.Sprintf("NewNode with %d", free), err)
			// The netlink library leaves the sockets that it could open to the
			// garbage collector.
			runtime.GC()
			time.Sleep(time.Millisecond)
			continue
		}
		return
	}
}

// asUser returns a command for this program in a user namespace, as root of it or
// as somebody without privileges.
func asUser(id int) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: id, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: id, HostID: os.Getegid(), Size: 1}},
	}
	return cmd
}

const endOfError = "\n--\n"

// beInTrouble is the part of the process that has the trouble. It writes the error
// of everything that needs what it lacks.
func beInTrouble(name string) int {
	here := troubles[name]
	var a, b *Node
	var err error
	if here.nodes {
		if a, err = NewNode("a"); err == nil {
			b, err = NewNode("b")
		}
		if err == nil && name != "few namespaces" {
			err = Link(a, "eth1", b, "eth1")
		}
	}
	if err = errors.Join(err, here.begin(a, b)); err != nil {
		fmt.Fprintln(os.Stderr, "bringing it about:", err)
		return 1
	}
	tries := map[string]func() error{
		"NewNode": func() error { _, err := NewNode("c"); return err },
		"Link":    func() error { return Link(a, "eth0", b, "eth0") },
		"Sysctl":  func() error { return a.Sysctl("net/ipv4/ip_forward", "1") },
		"Port":    func() error { _, err := a.OpenPort("eth1", PortConfig{}); return err },
		"Tap":     func() error { _, err := a.OpenTap("eth1"); return err },
		"Wire":    func() error { _, err := a.OpenWire("eth1"); return err },
	}
	affected := map[string][]string{
		"read-only": {"NewNode", "Link", "Sysctl"},
		"few files": {"NewNode", "Link", "Sysctl", "Port", "Tap", "Wire"},
	}[name]
	if affected == nil {
		affected = []string{"NewNode"}
	}
	say := func(what string, err error) {
		fmt.Printf("%s: %t: %v%s", what, errors.Is(err, here.cause), err, endOfError)
	}
	for _, what := range affected {
		say(what, tries[what]())
	}
	if name == "few files" {
		makeWithFew(say)
		runtime.KeepAlive(tries) // their nodes' files would become free
	}
	return 0
}

// Each failure that the host is the cause of says what the cause is, and what
// helps.
func TestFailuresSayTheirCause(t *testing.T) {
	for name, trouble := range troubles {
		t.Run(name, func(t *testing.T) {
			cmd := trouble.start()
			cmd.Env = append(os.Environ(), inTrouble+"="+name)
			var output, complaints bytes.Buffer
			cmd.Stdout, cmd.Stderr = &output, &complaints
			wait, err := StartSandboxed(cmd)
			must(t, err)
			if err := wait(); err != nil {
				t.Fatalf("%v\n%s", err, complaints.Bytes())
			}
			messages := strings.Split(strings.TrimSuffix(output.String(), endOfError), endOfError)
			for _, message := range messages {
				what, rest, _ := strings.Cut(message, ": ")
				known, text, _ := strings.Cut(rest, ": ")
				if known != "true" {
					t.Errorf("%s: the error does not wrap %v:\n%s", what, trouble.cause, text)
				}
				if !strings.HasPrefix(text, "topology: ") || strings.Count(text, trouble.fix) != 1 ||
					!strings.Contains(text, trouble.cause.Error()) {
					t.Errorf("%s: want %q once, and %q; got:\n%s", what, trouble.fix, trouble.cause, text)
				}
			}
		})
	}
}

func TestNodeRemedies(t *testing.T) {
	for _, test := range []struct {
		err  error
		host host
		want []string // a word of each
	}{
		{unix.EMFILE, host{openFiles: 77}, []string{"the 77 of now"}},
		{unix.ENFILE, host{}, []string{"fs.file-max"}},
		{unix.ENOSPC, host{contained: true}, []string{"max_net_namespaces"}},
		{unix.EUSERS, host{}, []string{"max_net_namespaces"}},
		{unix.EOPNOTSUPP, host{}, []string{"modprobe"}},
		{unix.EAFNOSUPPORT, host{}, []string{"modprobe"}},
		{unix.EPROTONOSUPPORT, host{}, []string{"modprobe"}},
		{unix.EROFS, host{}, []string{"/proc/sys"}},
		{unix.EROFS, host{contained: true}, []string{"/proc/sys", "--privileged"}},
		{unix.EPERM, host{}, []string{"as root"}},
		{unix.EACCES, host{contained: true}, []string{"--privileged", "as root"}},
		{unix.EINVAL, host{contained: true}, nil},
		{unix.EEXIST, host{}, nil},
	} {
		checkRemedies(t, fmt.Sprint(test.err), remedies(fmt.Errorf("making: %w", test.err), test.host), test.want)
	}
}

func checkRemedies(t *testing.T, name string, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: got %q, want %q", name, got, want)
		return
	}
	for i := range got {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("%s: got %q, want %q", name, got[i], want[i])
		}
	}
}

// An error is explained once, and only where the host is its cause.
func TestExplainOnce(t *testing.T) {
	one := explain(fmt.Errorf("making a node: %w", unix.EMFILE))
	if got := one.Error(); !strings.HasPrefix(got, "making a node: too many open files\nthis helps: ") {
		t.Errorf("got %q", got)
	}
	wrapped := fmt.Errorf("building: %w", one)
	if got := explain(wrapped); got != wrapped {
		t.Errorf("explained twice: %v", got)
	}
	if got := Explain(wrapped); got != wrapped {
		t.Errorf("explained twice: %v", got)
	}
	if got := explain(unix.EEXIST); got != error(unix.EEXIST) {
		t.Errorf("got %v, want it as it was", got)
	}
	many := (&hostError{unix.EPERM, []string{"this", "that"}}).Error()
	if want := "operation not permitted\nany of these may help:\n  - this\n  - that"; many != want {
		t.Errorf("got %q, want %q", many, want)
	}
}
