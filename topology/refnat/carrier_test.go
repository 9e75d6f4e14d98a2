package refnat

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

func sharing(c Carrier) func(*Config) { return behaving(Behaviour{Carrier: c}) }

// What is beyond a limit is refused with host unreachable, and only to who has reached it.
func TestLimits(t *testing.T) {
	for name, test := range map[string]struct {
		carrier Carrier
		beyond  [2]string // an inside endpoint and whom it sends to, after x40000 to y1 and to y1b
		other   [2]string // still passes
	}{
		"ports":            {Carrier{Ports: 1}, [2]string{"10.0.0.2:1", y1}, [2]string{z40000, y1}},
		"own ports":        {Carrier{Ports: 9, UDPPorts: 1}, [2]string{"10.0.0.2:1", y1}, [2]string{x40000, y2}},
		"sessions":         {Carrier{Sessions: 2}, [2]string{"10.0.0.2:1", y1}, [2]string{z40000, y1}},
		"mapping sessions": {Carrier{MappingSessions: 2}, [2]string{x40000, y2}, [2]string{"10.0.0.2:1", y1}},
		"mapping rate":     {Carrier{MappingRate: 1}, [2]string{"10.0.0.2:1", y1}, [2]string{x40000, y2}},
		"session rate":     {Carrier{SessionRate: 2}, [2]string{x40000, y2}, [2]string{z40000, y1}},
	} {
		l := newLab(t, sharing(test.carrier))
		l.mapped(x40000, y1)
		l.mapped(x40000, y1b)
		got := l.send(Inside, udp(test.beyond[0], test.beyond[1]))
		told := len(got) == 1 && got[0].Side == Inside && got[0].ICMP != nil
		if !told || got[0].ICMP.Type != 3 || got[0].ICMP.Code != 1 {
			t.Errorf("%s: beyond the limit: %v, want ICMP 3/1", name, ends(got))
		}
		l.mapped(x40000, y1)
		l.mapped(test.other[0], test.other[1])
		if test.carrier.MappingRate+test.carrier.SessionRate > 0 {
			l.idle(time.Second)
			l.mapped(test.beyond[0], test.beyond[1])
		}
	}
}

func TestQuarantine(t *testing.T) {
	narrow := Behaviour{
		PortRange: PortRange{40000, 40003}, Carrier: Carrier{Quarantine: time.Minute, QuarantinedPorts: 3},
	}
	l := newLab(t, behaving(narrow))
	for i := range 4 {
		l.mapped(fmt.Sprintf("10.0.0.2:%d", 1+i), y1)
	}
	l.idle(defaultLifetime)
	l.mapped(z40000, y1)
	if got := l.send(Inside, udp(w40000, y1)); len(got) != 1 || got[0].Side != Inside {
		t.Errorf("three ports are in quarantine: %v", ends(got))
	}
	l.idle(time.Minute)
	l.mapped(w40000, y1)
}

func TestBlocksAndBypass(t *testing.T) {
	y2Only := netip.MustParsePrefix("198.51.100.2/32")
	l := newLab(t, sharing(Carrier{PortBlock: 4, Bypass: []Destination{{To: y2Only}}}))
	for i := range 4 {
		if got := port(l.mapped(fmt.Sprintf("10.0.0.3:%d", 1+i), y1)); got < 1036 || got > 1039 {
			t.Errorf("port %d, want one of the fourth block", got)
		}
	}
	if got := l.send(Inside, udp("10.0.0.3:9", y1)); len(got) != 1 || got[0].Side != Inside {
		t.Errorf("the block is full: %v", ends(got))
	}
	for _, from := range []struct {
		side     Side
		src, dst string
	}{{Inside, z40000, y2}, {Outside, y2, z40000}} {
		got := l.send(from.side, udp(from.src, from.dst))
		if len(got) != 1 || got[0].Source.String() != from.src || got[0].Destination.String() != from.dst {
			t.Errorf("%s to %s, which is not translated: %v", from.src, from.dst, ends(got))
		}
	}
	if got := l.send(Outside, udp(y1, z40000)); len(got) != 0 {
		t.Errorf("another destination reaches the inside: %v", ends(got))
	}
}

// With two external addresses, the blocks are at them by turns.
func TestBlocksOfPool(t *testing.T) {
	l := newLab(t, sharing(Carrier{PortBlock: 500}), func(c *Config) {
		c.External = []netip.Addr{netip.MustParseAddr("203.0.113.1"), netip.MustParseAddr("203.0.113.2")}
	})
	for x, want := range map[string]string{
		"10.0.0.2:2000": "203.0.113.1:2000", "10.0.0.3:2000": "203.0.113.2:2000", "10.0.0.4:2100": "203.0.113.1:2100",
	} {
		if got := l.mapped(x, y1); got != want {
			t.Errorf("%s has %s, want %s", x, got, want)
		}
	}
}

func TestCarrierErrors(t *testing.T) {
	for name, c := range map[string]Carrier{
		"negative": {Ports: -1}, "quarantine": {Quarantine: -1},
		"odd blocks": {PortBlock: 3}, "no room": {PortBlock: 300},
	} {
		cfg := testConfig()
		cfg.Behaviour.Carrier = c
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	cfg := testConfig()
	cfg.Behaviour.Carrier = Carrier{PortBlock: 4}
	cfg.Sources = []Source{{Inside: cfg.Inside, External: netip.MustParseAddr("203.0.113.9")}}
	if _, err := New(cfg); err == nil {
		t.Error("blocks and sources: no error")
	}
}
