package nat

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	nft "github.com/google/nftables"
)

// An nftNAT is the kernel's NAT in one namespace.
type nftNAT struct {
	conntrack
	table *nft.Table
	close func() error // once
}

// Start puts one table of rules into the site's namespace, in one transaction:
// either all of it translates or nothing does.
func (d *nftables) Start(_ context.Context, site Site, policy Policy) (NAT, error) {
	rules, err := d.rules(site, policy)
	if err != nil {
		return nil, fmt.Errorf("nat: nftables: %w", err)
	}
	conn, err := nft.New(nft.WithNetNSFd(site.Node.FD()))
	if err != nil {
		return nil, fmt.Errorf("nat: nftables: opening netlink: %w", err)
	}
	rules.add(conn)
	if err := conn.Flush(); err != nil {
		return nil, fmt.Errorf("nat: nftables: adding the rules: %w", err)
	}
	if err := setUDPTimeout(site, policy.UDPTimeout); err != nil {
		return nil, fmt.Errorf("nat: nftables: setting the UDP timers: %w", err)
	}
	n := &nftNAT{conntrack: conntrack{site.Node.FD()}, table: rules.table}
	n.close = sync.OnceValue(n.remove)
	return n, nil
}

// setUDPTimeout sets both of the kernel's UDP timers, which belong to the
// namespace. Its rules have made the kernel load conntrack by now.
func setUDPTimeout(site Site, d time.Duration) error {
	if d == 0 {
		return nil
	}
	seconds := strconv.Itoa(int(math.Ceil(d.Seconds())))
	return errors.Join(
		site.Node.Sysctl("net/netfilter/nf_conntrack_udp_timeout", seconds),
		site.Node.Sysctl("net/netfilter/nf_conntrack_udp_timeout_stream", seconds))
}

// Err returns nil: a kernel's NAT runs for as long as its namespace.
func (n *nftNAT) Err() error { return nil }

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
