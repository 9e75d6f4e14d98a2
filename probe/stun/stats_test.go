package stun

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Of a pair, each holds one control connection that the other made.
func TestLoadOfPair(t *testing.T) {
	one, two := servePair(t)
	for _, s := range []*Server{one, two} {
		var got Load
		eventually(t, "a control connection", func() bool { got = s.Load(); return got.Controls > 0 })
		if diff := cmp.Diff(Load{MaxConns: defaultConns, Controls: 1, MaxControls: maxCallers}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
