//go:build darwin || windows

package probe_test

import (
	"net/netip"
	"testing"

	"github.com/natproof/natproof/probe"
)

// A system that traces is told that its own loopback interface is reached. Linux
// is tested in namespaces.
func TestTraceLoopback(t *testing.T) {
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	trace, reason := probe.TraceHops(t.Context(), loopback, loopback, loopback)
	if _, own := trace.Ends(); own != "reached reached reached reached reached reached reached reached" {
		t.Errorf("own is %s; %s", own, reason)
	}
}
