package nat

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
)

// The suites judge what the kernel's rules make of limits. That a policy with them can be
// followed later, and which cannot, is shown here.
func TestChangesLimits(t *testing.T) {
	for _, name := range []string{"nftables", kindIptables} {
		t.Run(name, func(t *testing.T) { testChangesLimits(t, name) })
	}
}

func testChangesLimits(t *testing.T, name string) {
	l := newLab(t)
	limited := func(ports int) Policy {
		return Policy{Carrier: Carrier{Subscriber: Limits{Ports: ports}, PortBlock: 20}}
	}
	n := l.start(name, limited(4))
	again := limited(4)
	again.Bypass = []Destination{{To: netip.PrefixFrom(y2, 32)}}
	check(t, n.(Changer).Change(t.Context(), l.site, again))
	if err := n.(Changer).Change(t.Context(), l.site, limited(5)); !errors.Is(err, ErrUnsupported) {
		t.Errorf("other limits: got %v, want %v", err, ErrUnsupported)
	}
	_, block := again.blockOf(l.site.Inside.Prefix(false).Masked(), x, 1)
	l.expect(l.inside, at(x, block.First), at(y1, 7), l.outside, at(external, block.First), at(y1, 7))
	l.expect(l.inside, at(x, block.Last), at(y1, 7), l.outside, at(external, block.Last), at(y1, 7))
	l.expect(l.inside, at(x, 5000), at(y2, 7), l.outside, at(x, 5000), at(y2, 7))
	l.refused(at(y2, 8), at(external, block.First))
}

// Blocks of ports are at the addresses of a pool by turns.
func TestBlocksOfPool(t *testing.T) {
	policy := Policy{Pool: pool, Carrier: Carrier{PortBlock: 500}}
	for _, name := range []string{"nftables", kindIptables, refName} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.start(name, policy)
			seen := map[netip.Addr]bool{}
			for _, host := range []netip.Addr{x, z} {
				place, block := policy.blockOf(l.site.Inside.Prefix(false).Masked(), host, len(pool))
				to := pool[place]
				l.expect(l.inside, at(host, block.First), at(y1, 7), l.outside, at(to, block.First), at(y1, 7))
				seen[to] = true
			}
			if len(seen) != len(pool) {
				t.Errorf("neighbours have their blocks at %v, want them at two addresses", seen)
			}
		})
	}
}

func TestNftablesScatteredPool(t *testing.T) {
	l := newLab(t)
	scattered := []netip.Addr{pool[0], pool[0].Next().Next()}
	if _, err := l.try("iptables", Policy{Pool: scattered}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("iptables: got %v, want %v", err, ErrUnsupported)
	}
	if _, err := l.try("nftables", Policy{Pool: scattered, Ports: PortRange{40000, 40019}}); err != nil {
		t.Errorf("nftables: %v", err)
	}
}

// Many rules are handed over in parts, of which only the first replaces what there was.
func TestPartsOf(t *testing.T) {
	var filter, source ruleLines
	filter.add("-A FORWARD -j DROP")
	for i := range 2*mostRules + 1 {
		source.add("-A POSTROUTING -j SNAT --to-source 192.0.2.1:%d", i)
	}
	whole := filter.table("filter") + source.table("nat")
	first, more := partsOf(whole)
	rules := strings.Count(first, "SNAT")
	for _, part := range more {
		rules += strings.Count(part, "SNAT")
		if !strings.HasPrefix(part, "*nat\n-A ") || !strings.HasSuffix(part, "\nCOMMIT\n") ||
			strings.Count(part, "\n") > mostRules+2 {
			t.Errorf("a part is %q", part)
		}
	}
	if rules != len(source) || len(more) != 2 {
		t.Errorf("%d rules and %d more parts, want %d and 2", rules, len(more), len(source))
	}
	// One without rules is to lose those that it has.
	for _, few := range []ruleLines{nil, filter} {
		if first, more := partsOf(few.table("filter")); first != few.table("filter") || len(more) != 0 {
			t.Errorf("a short table is cut: %q, %q", first, more)
		}
	}
}
