package nat

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/natproof/natproof/topology"
)

// sandboxed is set in the environment of the process that runs the tests.
const sandboxed = "NATPROOF_TEST_SANDBOXED"

// TestMain runs the tests in a sandbox, so that they need no root.
func TestMain(m *testing.M) {
	topology.Init()
	if name := os.Getenv(behaviourVariable); name != "" {
		os.Exit(behave(name))
	}
	if os.Getenv(sandboxed) != "" {
		os.Exit(m.Run())
	}
	os.Exit(sandbox())
}

func sandbox() int {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	cmd := topology.Sandbox(ctx, "/proc/self/exe", os.Args[1:]...)
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
