package refnat

import (
	"net/netip"
	"testing"
	"time"
)

func basic(switchover bool) func(*Config) {
	return func(c *Config) {
		c.External = append(c.External, netip.MustParseAddr("203.0.113.2"))
		c.Behaviour = Behaviour{Basic: true, Switchover: switchover, Lifetime: time.Minute}
	}
}

// An address is one host's until its last mapping has ended, and then another's.
func TestBasic(t *testing.T) {
	l := newLab(t, basic(false))
	l.wantOut(x40000, y1, "203.0.113.1:40000", y1)
	l.wantOut(z40000, y1, "203.0.113.2:40000", y1)
	if out := l.send(Inside, udp(w40000, y1)); len(out) != 1 || out[0].Side != Inside || out[0].ICMP == nil {
		t.Errorf("a third host's packet leaves as %+v, want an error to it", out)
	}
	l.idle(40 * time.Second)
	l.wantOut("10.0.0.2:80", y1, "203.0.113.1:80", y1) // x keeps its address by another port
	l.idle(40 * time.Second)
	l.wantOut(w40000, y1, "203.0.113.2:40000", y1)
	l.wantIn(y1, "203.0.113.1:80", y1, "10.0.0.2:80")
	if got := l.reaches(y1, "203.0.113.1:40000"); got != "" {
		t.Errorf("a port that has no mapping leads to %s", got)
	}
}

// The last address is never one host's own where there is a switchover.
func TestSwitchover(t *testing.T) {
	l := newLab(t, basic(true), nextPorts)
	l.wantOut(x40000, y1, "203.0.113.1:40000", y1)
	l.wantOut(z40000, y1, "203.0.113.2:40000", y1)
	l.wantOut(w40000, y1, "203.0.113.2:40002", y1)
	l.wantIn(y1, "203.0.113.2:40002", y1, w40000)
}
