package sandboxtest

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/natproof/natproof/topology"
)

// sandboxed is set in the environment of the process that runs the tests.
const sandboxed = "NATPROOF_TEST_SANDBOXED"

// Main runs the tests in a sandbox, so that they need no root, and returns the
// exit status. Args come before those of the command line. A TestMain calls
// topology.Init, and then Main.
func Main(m *testing.M, args ...string) int {
	if os.Getenv(sandboxed) != "" {
		return m.Run()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	cmd := topology.Sandbox(ctx, "/proc/self/exe", append(args, os.Args[1:]...)...)
	cmd.Env = append(os.Environ(), sandboxed+"=1")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	wait, err := topology.StartSandboxed(cmd)
	if err != nil {
		fmt.Fprintln(os.Stderr, topology.Explain(err))
		return 1
	}
	// The tests have told of their failures themselves.
	if wait() != nil {
		return 1
	}
	return 0
}

// RaiseLoopback makes the sandbox's own loopback addresses work.
func RaiseLoopback(t testing.TB) {
	t.Helper()
	link, err := netlink.LinkByName("lo")
	if err == nil {
		err = netlink.LinkSetUp(link)
	}
	if err != nil {
		t.Fatal(err)
	}
}
