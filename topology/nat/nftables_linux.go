package nat

import (
	"context"
	"fmt"
	"sync"

	nft "github.com/google/nftables"
)

// An nftNAT is the kernel's NAT in one namespace.
type nftNAT struct {
	conntrack
	table *nft.Table
	close func() error // once
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
	n := &nftNAT{conntrack: conntrack{site.Node.FD()}, table: rules.table}
	n.close = sync.OnceValue(n.remove)
	return n, nil
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
