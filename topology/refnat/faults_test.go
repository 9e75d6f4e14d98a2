package refnat

import (
	"slices"
	"testing"
	"time"

	"github.com/natproof/natproof/topology/packet"
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
	if got := FaultBlinds("no-hairpin"); len(got) != 5 {
		t.Errorf("no-hairpin blinds %v", got)
	}
}

// TestFaultTouches: faults in the rules of one protocol act on that alone, those of
// ports on what has ports, and the rest on all.
func TestFaultTouches(t *testing.T) {
	for name, want := range map[string][]packet.Protocol{
		"short-default-timer": {packet.UDP},
		"checksum-filled":     {packet.UDP},
		"range-class-ignored": {packet.UDP, packet.TCP},
		"mapping-by-port":     {packet.UDP},
		"mapping-by-address":  {packet.UDP, packet.ICMP},
		"icmp-ends-mapping":   {packet.UDP, packet.ICMP},
		"tcp-mapping-by-port": {packet.TCP},
		"short-opening":       {packet.TCP},
		"no-fragmentation":    {packet.UDP, packet.ICMP},
		"fragments-reversed":  nil,
		"unknown":             nil,
		"udp-faults":          nil,
	} {
		if got := FaultTouches(name); !slices.Equal(got, want) {
			t.Errorf("%s touches %v, want %v", name, got, want)
		}
	}
}

func TestFaultNames(t *testing.T) {
	names := FaultNames()
	if len(names) < 36 {
		t.Errorf("%d faults", len(names))
	}
	for _, name := range names {
		if err := new(Faults).Set(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"mapping-by-address", "icmp-ends-mapping", "only-port-unreachable", "no-hairpin"} {
		if !slices.Contains(names, name) {
			t.Errorf("no fault %q among %v", name, names)
		}
	}
	var f Faults
	if err := f.Set("icmp-ends-mapping"); err != nil || !f.ICMPEndsMapping {
		t.Errorf("Set: %v, %+v", err, f)
	}
	for _, name := range []string{"ICMPEndsMapping", "icmp-faults", ""} {
		if err := f.Set(name); err == nil {
			t.Errorf("Set: no error for %q, which is no fault", name)
		}
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
