package lab

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	ginkgo "github.com/onsi/ginkgo/v2"

	"github.com/natproof/natproof/topology/nat"
)

// Change makes policy, one of the setup's Later, the NAT's while it runs. The NAT has
// it when Change returns.
func (l *Lab) Change(ctx context.Context, policy Policy) {
	ginkgo.GinkgoHelper()
	l.change(ctx, renumbering{}, policy)
}

// Renumber gives the NAT's outside interface another IPv4 address in place of its own,
// and then makes policy the NAT's as Change does. It returns the new address: that of
// Renumbered.
func (l *Lab) Renumber(ctx context.Context, policy Policy) netip.Addr {
	ginkgo.GinkgoHelper()
	l.change(ctx, renumbering{outside: Renumbered()}, policy)
	return Renumbered()
}

// RenumberInside gives the NAT's inside interface and the hosts there the addresses of
// OtherIPv4 in place of their own, and then makes policy the NAT's as Change does. From then
// on, endpoints of the lab have these addresses.
func (l *Lab) RenumberInside(ctx context.Context, policy Policy) {
	ginkgo.GinkgoHelper()
	site := Setup{Inside: OtherIPv4}.site()
	l.change(ctx, renumbering{inside: &site}, policy)
	l.inside = true
}

// A renumbering is which addresses become others. The zero value is none.
type renumbering struct {
	outside netip.Addr // of the NAT's outside interface
	inside  *nat.Site  // as which the inside is numbered
}

// of returns a site that is numbered so.
func (r renumbering) of(site nat.Site) nat.Site {
	site.Outside = renumbered(site.Outside, r.outside)
	if r.inside != nil {
		site.Inside.Prefixes, site.Hosts = r.inside.Inside.Prefixes, r.inside.Hosts
	}
	return site
}

// Renumbered returns the outside address that Renumber gives.
func Renumbered() netip.Addr { return external[1][IPv4] }

func (l *Lab) change(ctx context.Context, to renumbering, policy Policy) {
	ginkgo.GinkgoHelper()
	if err := l.world.change(ctx, to, policy); isUnsupported(err) {
		l.outcome.Unsupported = true
		ginkgo.Skip(err.Error())
	} else if err != nil {
		l.breaks("changing the policy", err)
	}
	own := to.outside
	if !own.IsValid() {
		own = l.own()
	}
	l.former = append(l.former, l.External...)
	l.External = l.setup.externalBy(policy, own)
	l.outside = own
	l.changed++
	l.Note(fmt.Sprintf("the NAT has changed: %s, now %s", describe(policy), own))
}

// own is the address of the NAT's outside interface.
func (l *Lab) own() netip.Addr {
	if l.outside.IsValid() {
		return l.outside
	}
	return outsideOf(l.setup.Outside).Addr()
}

// InsideMoved reports whether the NAT has taken its inside interface's address away, for one
// of another subnet.
func (l *Lab) InsideMoved() bool {
	ginkgo.GinkgoHelper()
	own := insideOf(l.setup.Inside)
	now, err := l.world.insideNow()
	if err != nil {
		l.breaks("looking at the NAT's inside interface", err)
	}
	return len(now) > 0 && !slices.ContainsFunc(now, own.Overlaps)
}

// renumbered returns an interface with another address in place of its own; the zero
// address leaves it as it is.
func renumbered(i nat.Interface, addr netip.Addr) nat.Interface {
	if !addr.IsValid() {
		return i
	}
	i.Prefixes = slices.Clone(i.Prefixes)
	for at, prefix := range i.Prefixes {
		if prefix.Addr().Is6() == addr.Is6() {
			i.Prefixes[at] = netip.PrefixFrom(addr, prefix.Bits())
		}
	}
	return i
}
