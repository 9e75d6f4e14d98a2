//go:build !linux

package suites_test

import (
	"os"
	"testing"

	"github.com/natproof/natproof/suites"
)

func TestMain(m *testing.M) {
	suites.Init()
	replayIfAsked()
	os.Exit(m.Run())
}
