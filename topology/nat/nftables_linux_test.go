package nat

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// kernels are the kernel's NAT, set up in each of the ways that make the same rules.
var kernels = []string{"nftables", "iptables:legacy", "iptables:nft"}

func TestMasquerade(t *testing.T) {
	for _, name := range append(kernels, "nftables:drop-invalid,open-input,persistent", "ref") {
		t.Run(name, func(t *testing.T) {
			capable(t, name)
			l := newLab(t)
			l.start(name, Policy{})
			l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
			l.expect(l.outside, at(y1, 7), at(external, 4000), l.inside, at(y1, 7), at(x, 4000))
			l.expect(l.inside, at(x, 4000), at(y2, 8), l.outside, at(external, 4000), at(y2, 8))
		})
	}
}

func TestRandomPorts(t *testing.T) {
	for _, name := range []string{"nftables:random", "nftables:fully-random"} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.start(name, Policy{})
			var kept int
			for port := uint16(4000); port < 4010; port++ {
				l.send(l.inside, at(x, port), at(y1, 7), "")
				if l.receive(l.outside).Src.Port() == port {
					kept++
				}
			}
			if kept == 10 {
				t.Error("every port was preserved")
			}
		})
	}
}

// The kernel filters by address and port, and only its firewall keeps a probe
// from outside from leaving an entry that takes the port away.
func TestFilter(t *testing.T) {
	for _, name := range kernels {
		t.Run(name, func(t *testing.T) {
			capable(t, name)
			l := newLab(t)
			l.start(name, Policy{})
			l.refused(at(y1, 7), at(external, 4000))
			l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
			l.refused(at(y1, 8), at(external, 4000))
			l.refused(at(y2, 7), at(external, 4000))
			l.refused(at(y1, 7), at(x, 4000))
			l.expect(l.outside, at(y1, 7), at(external, 4000), l.inside, at(y1, 7), at(x, 4000))
		})
	}
}

func TestPool(t *testing.T) {
	for _, name := range append(kernels, "nftables:persistent", "ref") {
		t.Run(name, func(t *testing.T) {
			capable(t, name)
			l := newLab(t)
			l.start(name, Policy{Pool: []netip.Addr{pool[1], pool[0]}})
			for port := uint16(4000); port < 4008; port++ {
				l.send(l.inside, at(x, port), at(y1, port), "out")
				got := l.receive(l.outside)
				if !slices.Contains(pool, got.Src.Addr()) {
					t.Fatalf("source %v is not of the pool %v", got.Src, pool)
				}
				l.expect(l.outside, at(y1, port), got.Src, l.inside, at(y1, port), at(x, port))
			}
		})
	}
}

func TestStatic(t *testing.T) {
	for _, name := range append(kernels, "ref") {
		t.Run(name, func(t *testing.T) {
			capable(t, name)
			l := newLab(t)
			l.start(name, Policy{Static: []Pair{{Inside: x, External: pool[0]}}})
			l.expect(l.outside, at(y1, 7), at(pool[0], 80), l.inside, at(y1, 7), at(x, 80))
			l.expect(l.inside, at(x, 80), at(y1, 7), l.outside, at(pool[0], 80), at(y1, 7))
			l.expect(l.inside, at(x, 4000), at(y2, 7), l.outside, at(pool[0], 4000), at(y2, 7))
			l.expect(l.inside, at(z, 4001), at(y2, 7), l.outside, at(external, 4001), at(y2, 7))
		})
	}
}

func TestForward(t *testing.T) {
	for _, name := range append(kernels, "ref") {
		t.Run(name, func(t *testing.T) {
			capable(t, name)
			l := newLab(t)
			l.start(name, Policy{Forwards: []Forward{{"udp", at(external, 53), at(x, 5353)}}})
			l.expect(l.outside, at(y1, 7), at(external, 53), l.inside, at(y1, 7), at(x, 5353))
			l.expect(l.inside, at(x, 5353), at(y1, 7), l.outside, at(external, 53), at(y1, 7))
			l.refused(at(y1, 7), at(external, 54))
		})
	}
}

func TestHairpin(t *testing.T) {
	policy := Policy{
		Hairpin:  true,
		Static:   []Pair{{Inside: x, External: pool[0]}},
		Forwards: []Forward{{Protocol: "udp", External: at(external, 53), Inside: at(x, 5353)}},
	}
	for _, name := range append(kernels, "ref") {
		t.Run(name, func(t *testing.T) {
			capable(t, name)
			l := newLab(t)
			l.start(name, policy)
			l.expect(l.inside, at(z, 4000), at(external, 53), l.inside, at(external, 4000), at(x, 5353))
			l.expect(l.inside, at(x, 5353), at(external, 4000), l.inside, at(external, 53), at(z, 4000))
			l.expect(l.inside, at(z, 4001), at(pool[0], 80), l.inside, at(external, 4001), at(x, 80))
			l.expect(l.inside, at(x, 80), at(external, 4001), l.inside, at(pool[0], 80), at(z, 4001))
		})
	}
}

func TestCloseStopsTranslating(t *testing.T) {
	for _, name := range kernels {
		t.Run(name, func(t *testing.T) {
			capable(t, name)
			l := newLab(t)
			n := l.start(name, Policy{})
			l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
			check(t, n.Close())
			l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(x, 4000), at(y1, 7))
			l.start(name, Policy{})
		})
	}
}

// A start that fails has translated nothing: the timers are set before the rules.
func TestFailedStartTranslatesNothing(t *testing.T) {
	for _, name := range kernels {
		t.Run(name, func(t *testing.T) {
			capable(t, name)
			l := newLab(t)
			if _, err := l.try(name, Policy{UDPTimeout: 1 << 62}); err == nil || errors.Is(err, ErrUnsupported) {
				t.Fatalf("a timer of 146 years: got %v", err)
			}
			l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(x, 4000), at(y1, 7))
			l.expect(l.outside, at(y1, 7), at(x, 4001), l.inside, at(y1, 7), at(x, 4001))
			l.start(name, Policy{UDPTimeout: 10 * time.Second})
			l.expect(l.inside, at(x, 4002), at(y1, 7), l.outside, at(external, 4002), at(y1, 7))
		})
	}
}

// A side without IPv4 is refused by those that know nothing else.
func TestUnsupportedFamilies(t *testing.T) {
	v6 := []netip.Prefix{netip.MustParsePrefix("2001:db8::1/64")}
	for _, name := range []string{"nftables", "iptables", "cni", "ref"} {
		t.Run(name, func(t *testing.T) {
			capable(t, name)
			for side := range 2 {
				l := newLab(t)
				if side == 0 {
					l.site.Inside.Prefixes = v6
				} else {
					l.site.Outside.Prefixes = v6
				}
				if _, err := l.try(name, Policy{}); !errors.Is(err, ErrUnsupported) {
					t.Errorf("got %v, want %v", err, ErrUnsupported)
				}
			}
			l := newLab(t)
			l.site.Outside.Prefixes = append(v6, l.site.Outside.Prefixes...)
			l.start(name, Policy{})
			l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
		})
	}
}

// The kernel never ends by itself.
func TestKernelNeverEnds(t *testing.T) {
	for _, name := range append(kernels, "cni") {
		t.Run(name, func(t *testing.T) {
			capable(t, name)
			if done := newLab(t).start(name, Policy{}).Done(); done != nil {
				t.Errorf("got %v, want nil", done)
			}
		})
	}
}

func TestUnsupported(t *testing.T) {
	v6 := netip.MustParseAddr("2001:db8::1")
	tests := map[string]struct {
		driver string
		policy Policy
	}{
		"iptables, gap":    {"iptables", Policy{Pool: []netip.Addr{external, pool[0]}}},
		"iptables, IPv6":   {"iptables", Policy{Static: []Pair{{x, v6}}}},
		"IPv6 pool":        {"nftables", Policy{Pool: []netip.Addr{v6}}},
		"IPv6 pair":        {"nftables", Policy{Static: []Pair{{x, v6}}}},
		"IPv6 forward":     {"nftables", Policy{Forwards: []Forward{{"udp", at(v6, 1), at(x, 1)}}}},
		"strange protocol": {"nftables", Policy{Forwards: []Forward{{"sctp", at(external, 1), at(x, 1)}}}},
		"odd ports":        {"ref", Policy{Ports: PortRange{1, 4}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			capable(t, test.driver)
			_, err := newLab(t).try(test.driver, test.policy)
			if !errors.Is(err, ErrUnsupported) {
				t.Errorf("got %v, want %v", err, ErrUnsupported)
			}
		})
	}
}

// Every driver refuses a bad policy in the same words, before it does anything.
func TestBadPoliciesOfEveryDriver(t *testing.T) {
	for _, name := range []string{"nftables", "iptables", "iptables:legacy", "cni", "ref", "exec:" + exampleScript} {
		t.Run(name, func(t *testing.T) {
			capable(t, name)
			driver, err := Lookup(name)
			check(t, err)
			starter := prepare(t, driver)
			for bad, test := range badPolicies() {
				// A site without a node, in which nothing can be done.
				_, err := starter.Start(t.Context(), policySite, test.policy)
				if want := test.policy.Check(policySite); err == nil || err.Error() != want.Error() {
					t.Errorf("%s: got %v, want %v", bad, err, want)
				}
			}
		})
	}
}
