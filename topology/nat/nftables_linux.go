package nat

import (
	"context"
	"fmt"
	"net/netip"
	"sync"

	nft "github.com/google/nftables"
)

// An nftNAT is the kernel's NAT in one namespace.
type nftNAT struct {
	conntrack
	driver *nftables
	table  *nft.Table
	close  func() error // once

	own    netip.Addr // of the outside interface
	policy Policy     // that it follows
}

// Prepare has nothing to do: the kernel is there.
func (d *nftables) Prepare(context.Context) (Starter, error) { return immediate{d.start}, nil }

// start puts one table of rules into the site's namespace, in one transaction
// and after everything else: either all of it translates or nothing does.
func (d *nftables) start(_ context.Context, site Site, policy Policy) (NAT, error) {
	rules, err := d.rules(site, policy)
	if err != nil {
		return nil, fmt.Errorf("nat: nftables: %w", err)
	}
	conn, err := nft.New(nft.WithNetNSFd(site.Node.FD()))
	if err != nil {
		return nil, fmt.Errorf("nat: nftables: opening netlink: %w", err)
	}
	if err := d.tune(conn, site, policy); err != nil {
		return nil, fmt.Errorf("nat: nftables: setting conntrack: %w", err)
	}
	rules.add(conn)
	if err := conn.Flush(); err != nil {
		return nil, fmt.Errorf("nat: nftables: adding the rules: %w", err)
	}
	n := &nftNAT{
		conntrack: conntrack{site.Node.FD()}, driver: d, table: rules.table,
		own: site.Outside.Prefix(false).Addr(), policy: policy,
	}
	n.close = sync.OnceValue(n.remove)
	return n, nil
}

// Change puts other rules in the place of those that are there, in one transaction,
// as reloading a firewall does. What the rules have begun lives on in conntrack: a
// session through a forward that has gone or leads elsewhere now, and answers to it,
// until it is idle. No new session begins by a rule that is gone.
//
// When the outside interface's address has gone, the kernel has ended what was
// masqueraded to it, and nothing else. A session through a forward would still be
// led inside from an address that may be somebody else's by now, so those go, too,
// as "conntrack -D -d ADDRESS" would have it.
func (n *nftNAT) Change(ctx context.Context, site Site, policy Policy) error {
	if err := policy.Check(site); err != nil {
		return err
	}
	rules, err := n.driver.rules(site, policy)
	if err != nil {
		return fmt.Errorf("nat: nftables: %w", err)
	}
	for _, t := range timers() {
		if t.of(policy) == 0 && t.of(n.policy) != 0 {
			return fmt.Errorf("nat: nftables: %w: the kernel's own timers again", ErrUnsupported)
		}
	}
	conn, err := nft.New(nft.WithNetNSFd(n.netns))
	if err != nil {
		return fmt.Errorf("nat: nftables: opening netlink: %w", err)
	}
	if err := n.driver.tune(conn, site, policy); err != nil {
		return fmt.Errorf("nat: nftables: setting conntrack: %w", err)
	}
	conn.FlushTable(n.table) // of its rules; the chains stay
	rules.add(conn)
	if err := conn.Flush(); err != nil {
		return fmt.Errorf("nat: nftables: changing the rules: %w", err)
	}
	lost := n.own
	n.own, n.policy = site.Outside.Prefix(false).Addr(), policy
	if lost == n.own {
		return nil
	}
	if err := n.forget(ctx, lost); err != nil {
		return fmt.Errorf("nat: nftables: %w", err)
	}
	return nil
}

// Err returns nil: a kernel's NAT runs for as long as its namespace.
func (n *nftNAT) Err() error { return nil }

// Done returns nil: it never ends by itself.
func (n *nftNAT) Done() <-chan struct{} { return nil }

// Log returns nothing: the kernel writes no log of what it translates.
func (n *nftNAT) Log() string { return "" }

// Close removes the rules and forgets every session.
func (n *nftNAT) Close() error { return n.close() }

func (n *nftNAT) remove() error {
	conn, err := nft.New(nft.WithNetNSFd(n.netns))
	if err != nil {
		return fmt.Errorf("nat: nftables: opening netlink: %w", err)
	}
	conn.DelTable(n.table)
	if err := conn.Flush(); err != nil {
		return fmt.Errorf("nat: nftables: removing the rules: %w", err)
	}
	if err := n.flush(); err != nil {
		return fmt.Errorf("nat: nftables: %w", err)
	}
	return nil
}
