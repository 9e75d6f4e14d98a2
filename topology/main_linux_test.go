package topology

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// TestMain runs the tests in a sandbox if they could not make namespaces here,
// so that they need no root.
func TestMain(m *testing.M) {
	Init()
	if os.Getenv(buildAndHang) != "" {
		os.Exit(hang())
	}
	if name := os.Getenv(inTrouble); name != "" {
		os.Exit(beInTrouble(name))
	}
	if privileged() {
		os.Exit(m.Run())
	}
	os.Exit(runSandboxed())
}

func runSandboxed() int {
	cmd := Sandbox(context.Background(), "/proc/self/exe", os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	wait, err := StartSandboxed(cmd)
	if err != nil {
		fmt.Fprintln(os.Stderr, Explain(err))
		return 1
	}
	err = wait()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
