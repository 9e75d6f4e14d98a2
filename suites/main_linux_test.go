package suites_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/natproof/natproof/suites"
)

func TestMain(m *testing.M) {
	suites.Know(lookup(lookup(foreignLookup).orDrops).orEach)
	suites.Init()
	replayIfAsked()
	meetIfAsked()
	if len(os.Args) > 1 && os.Args[1] == smallNATName {
		fmt.Fprintln(os.Stderr, runSmallNAT(os.Args[2:]))
		os.Exit(1)
	}
	os.Exit(m.Run())
}
