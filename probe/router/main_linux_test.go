package router_test

import (
	"os"
	"testing"

	"github.com/natproof/natproof/topology"
	"github.com/natproof/natproof/topology/sandboxtest"
)

func TestMain(m *testing.M) {
	topology.Init()
	os.Exit(sandboxtest.Main(m))
}
