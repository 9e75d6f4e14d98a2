//go:build darwin || windows

package path_test

import (
	"net/netip"
	"testing"

	"github.com/natproof/natproof/probe/path"
)

// A system that traces is told that its own loopback interface is reached. Linux
// is tested in namespaces.
func TestTraceLoopback(t *testing.T) {
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	trace := path.Follow(t.Context(), loopback, loopback, loopback, 0)
	if _, own := trace.Ends(); own != "reached reached reached reached reached reached reached reached" {
		t.Errorf("own is %s; %s", own, trace.Reason)
	}
}
