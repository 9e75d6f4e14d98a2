package nat

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// second is the address that the outside interface gets.
var second = netip.MustParseAddr("203.0.113.2")

// renumber gives the outside interface another address.
func (l *lab) renumber(to netip.Addr) {
	l.t.Helper()
	old := l.site.Outside.Prefix(false)
	check(l.t, l.site.Node.DelAddr("outside", old))
	l.site.Outside.Prefixes = []netip.Prefix{netip.PrefixFrom(to, old.Bits())}
	check(l.t, l.site.Node.AddAddr("outside", l.site.Outside.Prefix(false)))
	check(l.t, Settle(l.t.Context(), l.site, old.Addr()))
}

func changes(t *testing.T, n NAT, l *lab, policy Policy) {
	t.Helper()
	changer, ok := n.(Changer)
	if !ok {
		t.Fatalf("%T is no Changer", n)
	}
	check(t, changer.Change(t.Context(), l.site, policy))
}

func TestChangeForward(t *testing.T) {
	for _, name := range append(kernels, "ref") {
		t.Run(name, func(t *testing.T) {
			capable(t, name)
			l := newLab(t)
			public := at(external, 53)
			to := func(host netip.Addr) Policy { return Policy{Forwards: []Forward{{"udp", public, at(host, 5353)}}} }
			n := l.start(name, Policy{})
			l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
			changes(t, n, l, to(x))
			l.expect(l.outside, at(y2, 8), public, l.inside, at(y2, 8), at(x, 5353))
			changes(t, n, l, to(z))
			l.expect(l.outside, at(y2, 9), public, l.inside, at(y2, 9), at(z, 5353))
			changes(t, n, l, Policy{})
			l.refused(at(y2, 10), public)
			l.expect(l.outside, at(y1, 7), at(external, 4000), l.inside, at(y1, 7), at(x, 4000))
		})
	}
}

// No session at the old address is left: the kernel ends those that were masqueraded,
// and the driver those of forwards.
func TestChangeAddress(t *testing.T) {
	for _, name := range append(kernels, "ref") {
		t.Run(name, func(t *testing.T) {
			capable(t, name)
			l := newLab(t)
			to := func(addr netip.Addr) Policy {
				return Policy{Forwards: []Forward{{"udp", at(addr, 53), at(x, 5353)}}}
			}
			n := l.start(name, to(external))
			l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(external, 4000), at(y1, 7))
			l.expect(l.outside, at(y1, 8), at(external, 53), l.inside, at(y1, 8), at(x, 5353))
			l.renumber(second)
			changes(t, n, l, to(second))
			if name != "ref" {
				for _, entry := range l.entries(n) {
					if entry.to == external || entry.back == external {
						t.Errorf("there is an entry to %v", external)
					}
				}
			}
			l.expect(l.inside, at(x, 4000), at(y1, 7), l.outside, at(second, 4000), at(y1, 7))
			l.expect(l.outside, at(y1, 7), at(second, 4000), l.inside, at(y1, 7), at(x, 4000))
			l.refused(at(y1, 7), at(external, 4000))
			l.refused(at(y1, 8), at(external, 53))
			l.expect(l.outside, at(y1, 8), at(second, 53), l.inside, at(y1, 8), at(x, 5353))
		})
	}
}

// A policy that is refused leaves the old one.
func TestChangeRefused(t *testing.T) {
	forwards := []Forward{{"udp", at(external, 53), at(x, 5353)}}
	for name, policy := range map[string]Policy{
		"nftables": {Pool: []netip.Addr{pool[0], second}},
		"iptables": {Pool: []netip.Addr{pool[0], second}},
		"ref":      {Static: []Pair{{y1, pool[0]}}},
	} {
		capable(t, name)
		l := newLab(t)
		n := l.start(name, Policy{Forwards: forwards, UDPTimeout: 10 * time.Second})
		if err := n.(Changer).Change(t.Context(), l.site, policy); err == nil {
			t.Errorf("%s: no error", name)
		}
		bad := Policy{Ports: PortRange{40001, 40000}}
		err := n.(Changer).Change(t.Context(), l.site, bad)
		if want := bad.Check(l.site); err == nil || err.Error() != want.Error() {
			t.Errorf("%s: got %v, want %v", name, err, want)
		}
		if name != "ref" {
			err := n.(Changer).Change(t.Context(), l.site, Policy{})
			if !errors.Is(err, ErrUnsupported) {
				t.Errorf("its own timers: got %v, want %v", err, ErrUnsupported)
			}
		}
		l.expect(l.outside, at(y1, 8), at(external, 53), l.inside, at(y1, 8), at(x, 5353))
	}
}

// Who says so takes another policy, on whatever clock it is judged.
func TestExecChanges(t *testing.T) {
	for behaviour, clock := range map[string]Clock{
		"told-change": Real, "told-conntrack-change": Aged, "told-age-change": Shifted,
		"told-age": Shifted, "told-": Real,
	} {
		t.Run(behaviour, func(t *testing.T) {
			n, err := startProgram(t.Context(), t, behaviour, Policy{})
			check(t, err)
			judged := Real
			if ager, ok := n.(Ager); ok {
				judged = ager.Clock()
			}
			if judged != clock {
				t.Errorf("the clock is %s, want %s", judged, clock)
			}
			changer, ok := n.(Changer)
			if want := slices.Contains([]string{"told-age", "told-"}, behaviour); ok == want {
				t.Fatalf("%T: a Changer: %t", n, ok)
			}
			if !ok {
				return
			}
			time.Sleep(2 * readGrace) // its input stays open
			for range 2 {
				check(t, changer.Change(t.Context(), newLab(t).site, Policy{}))
				if clock == Shifted {
					age(t, n, time.Second)
				}
			}
		})
	}
}

func TestExecDoesNotChange(t *testing.T) {
	n, err := startProgram(t.Context(), t, "told-change-silently", Policy{})
	check(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err = n.(Changer).Change(ctx, newLab(t).site, Policy{})
	if err == nil || errors.Is(err, ErrUnsupported) {
		t.Fatalf("got %v", err)
	}
	wantText(t, err.Error(), `with "changed" or "cannot" within `)
}

// A program was told of its inside at the start, and has no word for another one.
func TestExecIsNotToldOfAnotherInside(t *testing.T) {
	n, err := startProgram(t.Context(), t, "told-change", Policy{})
	check(t, err)
	site := newLab(t).site
	site.Inside.Prefixes = []netip.Prefix{netip.MustParsePrefix("10.20.30.1/24")}
	if err := n.(Changer).Change(t.Context(), site, Policy{}); !errors.Is(err, ErrUnsupported) {
		t.Fatalf("got %v", err)
	}
}
