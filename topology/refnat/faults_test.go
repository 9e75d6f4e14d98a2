package refnat

import (
	"slices"
	"testing"
	"time"
)

// What each fault breaks, and that it breaks nothing else, is shown by the suites,
// which judge the NAT under every one of them.

// TestFaultTags: every fault says what it breaks.
func TestFaultTags(t *testing.T) {
	for _, name := range FaultNames() {
		if len(FaultBreaks(name)) == 0 {
			t.Errorf("%s breaks nothing", name)
		}
	}
	if got := FaultBlinds("no-hairpin"); len(got) != 1 {
		t.Errorf("no-hairpin blinds %v", got)
	}
}

func TestFaultNames(t *testing.T) {
	names := FaultNames()
	for _, name := range []string{"mapping-by-address", "icmp-ends-mapping", "only-port-unreachable", "no-hairpin"} {
		if !slices.Contains(names, name) {
			t.Errorf("no fault %q among %v", name, names)
		}
	}
	var f Faults
	if err := f.Set("icmp-ends-mapping"); err != nil || !f.ICMPEndsMapping {
		t.Errorf("Set: %v, %+v", err, f)
	}
	if err := f.Set("ICMPEndsMapping"); err == nil {
		t.Error("Set: no error for an unknown name")
	}
}

// Overloading delivers to whoever sent last, and outlives one of the sharers.
func TestPortOverloading(t *testing.T) {
	l := newLab(t, faulty(t, "port-overloading"))
	x1 := l.mapped(x40000, y1)
	if z1 := l.mapped(z40000, y1); z1 != x1 {
		t.Fatalf("z is mapped to %s, x to %s", z1, x1)
	}
	if w1 := l.mapped(w40000, y2); w1 == x1 {
		t.Errorf("w is mapped to %s, although its destination is another", w1)
	}
	if got := l.reaches(y1, x1); got != z40000 {
		t.Errorf("reaches %s, want z, which sent last", got)
	}
	l.idle(time.Minute)
	l.mapped(x40000, y1)
	if got := l.reaches(y1, x1); got != x40000 {
		t.Errorf("reaches %s, want x, which sent last", got)
	}
	l.idle(defaultLifetime - time.Second)
	if got := l.reaches(y1, x1); got != x40000 {
		t.Errorf("reaches %q, want x, whose mapping is left", got)
	}
	if w1 := l.mapped("10.0.0.5:40000", y2); w1 == x1 {
		t.Error("the port was given away while in use")
	}
}
