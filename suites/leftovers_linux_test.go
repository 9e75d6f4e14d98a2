package suites_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/natproof/natproof/suites"
	"github.com/natproof/natproof/topology/nat"
	"github.com/natproof/natproof/topology/topologytest"
)

// TestRunLeavesNothing: a whole run changes nothing of the host, for root as well
// as for an ordinary user.
func TestRunLeavesNothing(t *testing.T) {
	before := topologytest.HostState(t)
	for _, name := range []string{"nftables", "ref"} {
		if _, err := suites.Run(t.Context(), suites.Config{NAT: name, Out: t.TempDir()}); err != nil {
			t.Error(err)
		}
	}
	// Those that need programs, where they are there: a few specs each, with and
	// without a forward.
	for _, name := range []string{"iptables:legacy", "iptables:nft", "cni"} {
		if _, err := nat.Lookup(name); err != nil {
			t.Logf("without %s: %v", name, err)
			continue
		}
		cfg := suites.Config{NAT: name, Only: []string{"rfc4787.req-9*"}, Out: t.TempDir()}
		if _, err := suites.Run(t.Context(), cfg); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(before, topologytest.HostState(t)); diff != "" {
		t.Errorf("the host was changed (-before +after):\n%s", diff)
	}
}
