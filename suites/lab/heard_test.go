package lab

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A control that fails is explained by what the hosts have received, the last of
// it when it is much.
func TestInboxes(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	if got := l.inboxes(); got != "no host has received anything so far" {
		t.Errorf("%q", got)
	}
	x, y := l.UDP("X:5000"), l.UDP("Y1:80")
	y.Hears(t.Context(), x.To(y.Addr()))
	if got := l.inboxes(); !strings.HasPrefix(got, "received so far:\n  Y1: ") || strings.Count(got, "\n") != 1 {
		t.Errorf("one packet and controls: %q", got)
	}
	for range 7 {
		x.SeenBy(t.Context(), y)
	}
	if got := l.inboxes(); strings.Contains(got, "earlier") || strings.Count(got, "\n") != 8 {
		t.Errorf("eight packets: %q", got)
	}
	x.SeenBy(t.Context(), y)
	if got := l.inboxes(); !strings.Contains(got, "\n  (1 earlier ones)\n") || strings.Count(got, "\n") != 9 {
		t.Errorf("nine packets: %q", got)
	}
}

func TestHeardFragments(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	x, y := l.UDP("X:5000"), l.UDP("Y1:80")
	x1 := x.SeenBy(t.Context(), y)
	heard := x.Hears(t.Context(), y.To(x1).Size(4000).InFragments(1480, 2, 0, 1))
	if diff := cmp.Diff([]int{0, 1480, 2960}, heard.SortedOffsets()); diff != "" {
		t.Errorf("sorted offsets (-want +got):\n%s", diff)
	}
	if len(heard.Offsets()) != 3 || heard.Arrival == nil {
		t.Errorf("offsets %v, heard %v", heard.Offsets(), heard)
	}
	if got := ending(func() { l.Premise(heard, "no reason") }); got != "" {
		t.Errorf("the premise is not met by what was heard: %q", got)
	}
	nobody := x.Hears(t.Context(), y.To(l.UDP("Y2:9").Addr()))
	got := ending(func() { l.Premise(nobody, "the reason") })
	if !strings.HasPrefix(got, "the reason; nothing arrived") {
		t.Errorf("%q", got)
	}
}
