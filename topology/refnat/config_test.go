package refnat

import (
	"net/netip"
	"testing"

	"github.com/natproof/natproof/topology/packet"
)

func TestConfigErrors(t *testing.T) {
	pair := func(a, b string) Pair { return Pair{netip.MustParseAddr(a), netip.MustParseAddr(b)} }
	forward := func(a, b string) Forward {
		return Forward{External: netip.MustParseAddrPort(a), Inside: netip.MustParseAddrPort(b)}
	}
	for name, change := range map[string]func(*Config){
		"no inside":       func(c *Config) { c.Inside = netip.Prefix{} },
		"own address":     func(c *Config) { c.InsideAddr = netip.MustParseAddr("10.1.0.1") },
		"no external":     func(c *Config) { c.External = nil },
		"external twice":  func(c *Config) { c.External = append(c.External, c.External[0]) },
		"external inside": func(c *Config) { c.External[0] = c.InsideAddr },
		"external IPv6":   func(c *Config) { c.External[0] = netip.MustParseAddr("2001:db8::1") },
		"MTU":             func(c *Config) { c.OutsideMTU = 67 },
		"lifetime":        func(c *Config) { c.Behaviour.Lifetime = -1 },
		"static outside":  func(c *Config) { c.Static = []Pair{pair("192.0.2.1", "203.0.113.2")} },
		"static twice": func(c *Config) {
			c.Static = []Pair{pair("10.0.0.2", "203.0.113.2"), pair("10.0.0.2", "203.0.113.3")}
		},
		"static, firewall": func(c *Config) {
			c.Static = []Pair{pair("10.0.0.2", "203.0.113.2")}
			c.Behaviour.Translation = NoTranslation
		},
		"forward outside": func(c *Config) { c.Forwards = []Forward{forward("203.0.113.1:1", "192.0.2.1:1")} },
		"forward, protocol": func(c *Config) {
			c.Forwards = []Forward{forward("203.0.113.1:1", "10.0.0.2:1")}
			c.Forwards[0].Protocol = packet.ICMP
		},
		"forward twice": func(c *Config) {
			c.Forwards = []Forward{forward("203.0.113.1:1", "10.0.0.2:1"), forward("203.0.113.1:2", "10.0.0.2:1")}
		},
	} {
		cfg := testConfig()
		change(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// What is just within bounds is accepted.
func TestConfigBounds(t *testing.T) {
	pair := func(a, b string) Pair { return Pair{netip.MustParseAddr(a), netip.MustParseAddr(b)} }
	forward := func(p packet.Protocol, a, b string) Forward {
		return Forward{Protocol: p, External: netip.MustParseAddrPort(a), Inside: netip.MustParseAddrPort(b)}
	}
	for _, test := range []struct {
		name   string
		change func(*Config)
		ok     bool
	}{
		{"least MTU", func(c *Config) { c.InsideMTU = 68 }, true},
		{"largest MTU", func(c *Config) { c.OutsideMTU = 65535 }, true},
		{"two pairs", func(c *Config) {
			c.Static = []Pair{pair("10.0.0.2", "203.0.113.2"), pair("10.0.0.3", "203.0.113.3")}
		}, true},
		{"two pairs, one external", func(c *Config) {
			c.Static = []Pair{pair("10.0.0.2", "203.0.113.2"), pair("10.0.0.3", "203.0.113.2")}
		}, false},
		{"pair of the NAT", func(c *Config) { c.Static = []Pair{pair("10.0.0.1", "203.0.113.2")} }, false},
		{"pair of the inside", func(c *Config) { c.Static = []Pair{pair("10.0.0.2", "10.0.0.3")} }, false},
		{"two forwards", func(c *Config) {
			c.Forwards = []Forward{
				forward(0, "203.0.113.1:1", "10.0.0.2:1"), forward(0, "203.0.113.1:2", "10.0.0.2:2"),
			}
		}, true},
		{"two forwards, one external", func(c *Config) {
			c.Forwards = []Forward{
				forward(0, "203.0.113.1:1", "10.0.0.2:1"), forward(17, "203.0.113.1:1", "10.0.0.2:2"),
			}
		}, false},
		{"forward in the inside", func(c *Config) {
			c.Forwards = []Forward{forward(0, "10.0.0.9:1", "10.0.0.2:1")}
		}, false},
		{"forwards of a firewall", func(c *Config) {
			c.Forwards = []Forward{forward(0, "203.0.113.1:1", "10.0.0.2:1")}
			c.Behaviour.Translation = NoTranslation
		}, false},
		{"unreplied lifetime", func(c *Config) { c.Behaviour.UnrepliedLifetime = -1 }, false},
		{"external multicast", func(c *Config) { c.External[0] = netip.MustParseAddr("224.0.0.1") }, false},
		{"inside IPv6", func(c *Config) { c.Inside = netip.MustParsePrefix("2001:db8::/64") }, false},
	} {
		cfg := testConfig()
		test.change(&cfg)
		given := len(cfg.Forwards) > 0 && cfg.Forwards[0].Protocol == 0
		if _, err := New(cfg); (err == nil) != test.ok {
			t.Errorf("%s: error %v", test.name, err)
		}
		if given && cfg.Forwards[0].Protocol != 0 {
			t.Errorf("%s: the caller's forwards were changed", test.name)
		}
	}
}
