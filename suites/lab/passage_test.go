package lab

import (
	"testing"
	"time"
)

// Of a long spec both ends are kept, and nothing seems dropped for the cut.
func TestTrafficEnds(t *testing.T) {
	l := newTestLab(t, "memory", Setup{}, nothing)
	y := l.UDP("Y1:7")
	l.Attempt(t.Context(), l.Sessions("X", 2000, 2*evidenceEnd, y)...)
	records := l.world.records()
	if len(records) != 4*evidenceEnd {
		t.Fatalf("%d records", len(records))
	}
	passages := pairUp(records).ends()
	if len(passages) != 2*evidenceEnd {
		t.Fatalf("%d passages", len(passages))
	}
	for i, p := range passages {
		if p.dropped || p.Outgoing && p.Cause == nil {
			t.Errorf("passage %d of %s has lost its other half", i, p)
		}
	}
	if first := pairUp(records[:10]).ends(); len(first) != 10 || first[0].wall.After(time.Now()) {
		t.Errorf("%d passages of 10 records", len(first))
	}
}
