package nat

import (
	"os"
	"testing"

	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/sandboxtest"
)

// TestMain runs the tests in a sandbox, so that they need no root.
func TestMain(m *testing.M) {
	topology.Init()
	if name := os.Getenv(behaviourVariable); name != "" {
		os.Exit(behave(name))
	}
	os.Exit(sandboxtest.Main(m))
}
