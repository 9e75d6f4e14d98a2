package topology

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestSandbox(t *testing.T) {
	t.Setenv("WORD", "natproof")
	cmd := Sandbox(context.Background(), "sh", "-c", `
		echo "$WORD $(id -u)"
		readlink /proc/self/ns/net /proc/self/ns/mnt
		mount -t tmpfs none /tmp && touch /tmp/natproof-was-here
		exit 9`)
	var output bytes.Buffer
	cmd.Stdout = &output
	wait, err := StartSandboxed(cmd)
	must(t, err)
	err = wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 9 {
		t.Errorf("got %v, want exit status 9", err)
	}
	lines := strings.Fields(output.String())
	if len(lines) != 4 || lines[0] != "natproof" || lines[1] != "0" {
		t.Fatalf("got %q", lines)
	}
	for i, kind := range []string{"net", "mnt"} {
		own, err := os.Readlink("/proc/self/ns/" + kind)
		must(t, err)
		if lines[2+i] == own {
			t.Errorf("the %s namespace is our own", kind)
		}
	}
	if _, err := os.Stat("/tmp/natproof-was-here"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a mount came out of the sandbox: %v", err)
	}
}

func TestSandboxObeysContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	wait, err := StartSandboxed(Sandbox(ctx, "sleep", "1000"))
	must(t, err)
	begin := time.Now()
	if err := wait(); err == nil || time.Since(begin) > 2*time.Second {
		t.Errorf("got %v after %v, want it killed", err, time.Since(begin))
	}
}

func TestExplain(t *testing.T) {
	if err := Explain(nil); err != nil {
		t.Errorf("nil: got %v", err)
	}
	_, failed := StartSandboxed(Sandbox(context.Background(), "/nonexistent"))
	explained := Explain(failed)
	if !errors.Is(explained, os.ErrNotExist) {
		t.Errorf("got %v, want it to wrap %v", explained, os.ErrNotExist)
	}
	if again := Explain(explained); again != explained {
		t.Errorf("explained twice: got %v", again)
	}
}

func TestSandboxRemedies(t *testing.T) {
	const root = "as root"
	for _, test := range []struct {
		name string
		err  error
		host host
		want []string // a word of each
	}{
		{"Ubuntu", unix.EPERM, host{user: 1000, appArmorRestrict: "1"}, []string{"apparmor_restrict", root}},
		{"old Debian", unix.EPERM, host{user: 1000, userNamespaces: "0"}, []string{"userns_clone=1", root}},
		{"limit 0", unix.ENOSPC, host{user: 1000, maxNamespaces: "0"}, []string{"max_user_namespaces", root}},
		{"limit reached", unix.ENOSPC, host{user: 1000, maxNamespaces: "9"}, []string{"max_net_namespaces", root}},
		{"container", unix.EPERM, host{contained: true}, []string{"--privileged"}},
		{"few files", unix.EMFILE, host{openFiles: 9}, []string{"the 9 of now"}},
		{"kernel", unix.EINVAL, host{user: 1000}, []string{"CONFIG_USER_NS", root}},
		{"no idea", unix.EPERM, host{}, []string{root}},
	} {
		t.Run(test.name, func(t *testing.T) {
			checkRemedies(t, test.name, sandboxRemedies(test.err, test.host), test.want)
		})
	}
}

func TestDiagnose(t *testing.T) {
	type finding struct {
		Name         string
		OK, Required bool
	}
	var got []finding
	for _, f := range Diagnose() {
		got = append(got, finding{f.Name, f.OK, f.Required})
		if f.Detail == "" || f.OK != (f.Fix == "") {
			t.Errorf("%+v: no detail, or a fix where none is needed, or none where one is", f)
		}
	}
	want := []finding{
		{"sandbox", true, true},
		{"network namespaces", true, true},
		{"veth", true, true},
		{"bridge", true, true},
		{"AF_PACKET", true, true},
		{"sysctl", true, true},
		{"nf_tables", true, false},
		{"conntrack", true, false},
		{"process groups", true, false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
