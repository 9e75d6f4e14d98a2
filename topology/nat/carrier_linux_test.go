package nat

import (
	"errors"
	"net/netip"
	"testing"
)

// The suites judge what the kernel's rules make of limits. That a policy with them can be
// followed later, and which cannot, is shown here.
func TestNftablesChangesLimits(t *testing.T) {
	l := newLab(t)
	limited := func(ports int) Policy {
		return Policy{Carrier: Carrier{Subscriber: Limits{Ports: ports}, PortBlock: 20}}
	}
	n := l.start("nftables", limited(3))
	again := limited(3)
	again.Bypass = []Destination{{To: netip.PrefixFrom(y2, 32)}}
	check(t, n.(Changer).Change(t.Context(), l.site, again))
	if err := n.(Changer).Change(t.Context(), l.site, limited(4)); !errors.Is(err, ErrUnsupported) {
		t.Errorf("other limits: got %v, want %v", err, ErrUnsupported)
	}
	block := again.blockOf(l.site.Inside.Prefix(false).Masked(), x)
	l.expect(l.inside, at(x, block.First), at(y1, 7), l.outside, at(external, block.First), at(y1, 7))
	l.expect(l.inside, at(x, block.Last), at(y1, 7), l.outside, at(external, block.Last), at(y1, 7))
	l.expect(l.inside, at(x, 5000), at(y2, 7), l.outside, at(x, 5000), at(y2, 7))
	l.refused(at(y2, 8), at(external, block.First))
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
