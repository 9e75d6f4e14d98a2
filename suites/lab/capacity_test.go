package lab

import (
	"strings"
	"testing"
)

// capacityOf counts the flows that a NAT in memory holds.
func capacityOf(t *testing.T, nat string, most int) Capacity {
	l := newTestLab(t, nat, Setup{}, nothing)
	y := l.UDP("Y1:7")
	return l.Capacity(t.Context(), l.Open(t.Context(), l.UDP("X:9000"), y, true), most, "flows",
		func(i int) Session { return Session{l.UDPAt("X2", 10000+uint16(i)), y} })
}

func TestCapacity(t *testing.T) {
	sound := capacityOf(t, "memory", 1000)
	if ok, err := HoldAtLeast(1000).Match(sound); !ok || err != nil {
		t.Errorf("%s, %v", sound, err)
	}
	small := capacityOf(t, "memory:room-for-eight", 1000)
	if ok, _ := HoldAtLeast(1000).Match(small); ok || small.Held != 1 {
		t.Errorf("%s", small)
	}
	want := "the NAT holds 1 flows; with 10, the first is dead: X:9000 does not hear what Y1:7 sends to " +
		"203.0.113.10:9000, and did before; it should hold 1000"
	if got := HoldAtLeast(1000).FailureMessage(small); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got := HoldAtLeast(1).NegatedFailureMessage(small); !strings.Contains(got, "it should not hold 1") {
		t.Error(got)
	}
	if _, err := HoldAtLeast(1).Match(1000); err == nil {
		t.Error("a number is taken for a capacity")
	}
}
