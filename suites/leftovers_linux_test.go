package suites_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/suites"
	"github.com/natproof/natproof/topology/topologytest"
)

// TestRunLeavesNothing: a whole run changes nothing of the host, for root as well
// as for an ordinary user.
func TestRunLeavesNothing(t *testing.T) {
	before := topologytest.HostState(t)
	for _, nat := range []string{"nftables", "ref"} {
		if _, err := suites.Run(t.Context(), suites.Config{NAT: nat, Out: t.TempDir()}); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(before, topologytest.HostState(t)); diff != "" {
		t.Errorf("the host was changed (-before +after):\n%s", diff)
	}
}
