package nat

import (
	"context"
	"errors"
	"fmt"
	"sync"

	nft "github.com/google/nftables"
	"golang.org/x/sys/unix"
)

// An nftNAT is the kernel's NAT in one namespace.
type nftNAT struct {
	kernelNAT
	driver *nftables
	table  *nft.Table
}

// Prepare has nothing to do: the kernel is there.
func (d *nftables) Prepare(context.Context) (Starter, error) { return immediate{d.start}, nil }

// start puts one table of rules into the site's namespace, in one transaction
// and after everything else: either all of it translates or nothing does.
func (d *nftables) start(_ context.Context, site Site, policy Policy) (NAT, error) {
	n := &nftNAT{kernelNAT: newKernelNAT(site, policy), driver: d}
	n.close = sync.OnceValue(n.remove)
	err := n.load(site, policy)
	if err == nil {
		err = n.link.answer(policy.answered(site))
	}
	if err != nil {
		return nil, fmt.Errorf("nat: nftables: %w", err)
	}
	n.begun()
	return n, nil
}

// Change replaces the rules in one transaction.
func (n *nftNAT) Change(ctx context.Context, site Site, policy Policy) error {
	if err := policy.Check(site); err != nil {
		return err
	}
	if err := changesLimits(n.policy, policy); err != nil {
		return fmt.Errorf("nat: nftables: %w", err)
	}
	if err := n.follow(ctx, site, policy, func() error { return n.load(site, policy) }); err != nil {
		return fmt.Errorf("nat: nftables: %w", err)
	}
	return nil
}

// load makes a policy's rules in place of those that are there, and sets the timers
// before.
func (n *nftNAT) load(site Site, policy Policy) error {
	rules, err := n.driver.rules(site, policy)
	if err != nil {
		return err
	}
	conn, err := nft.New(nft.WithNetNSFd(n.netns))
	if err != nil {
		return fmt.Errorf("opening netlink: %w", err)
	}
	if err := n.driver.tune(conn, site, policy); err != nil {
		return fmt.Errorf("setting conntrack: %w", err)
	}
	if n.table != nil {
		conn.FlushTable(n.table) // of its rules; the chains stay
	}
	if err := rules.add(conn); err != nil {
		return fmt.Errorf("adding the rules: %w", err)
	}
	if err := conn.Flush(); errors.Is(err, unix.ENOENT) && policy.FTP {
		return fmt.Errorf("%w: the kernel has no gateway for FTP (%w)", ErrUnsupported, err)
	} else if err != nil {
		return fmt.Errorf("adding the rules: %w", err)
	}
	n.table = rules.table
	return nil
}

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
