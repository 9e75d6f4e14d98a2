//go:build !linux

package suites_test

import (
	"os"
	"testing"

	"github.com/natproof/natproof/suites"
	"github.com/natproof/natproof/topology/nat"
)

func TestMain(m *testing.M) {
	suites.Know(lookup(lookup(nat.Lookup).orDrops).orEach)
	suites.Init()
	replayIfAsked()
	meetIfAsked()
	os.Exit(m.Run())
}
