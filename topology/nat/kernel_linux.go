package nat

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
)

// A kernelNAT is the kernel's own NAT in one namespace, whatever has set it up.
type kernelNAT struct {
	conntrack
	close func() error // once

	own    netip.Addr // of the outside interface
	link   arpLink
	policy Policy // that it follows
}

func newKernelNAT(site Site, policy Policy) kernelNAT {
	return kernelNAT{
		conntrack: conntrack{netns: site.Node.FD()}, own: site.Outside.Prefix(false).Addr(), policy: policy,
		link: arpLink{node: site.Node, iface: site.Outside.Name},
	}
}

// Err returns nil: a kernel's NAT runs for as long as its namespace.
func (n *kernelNAT) Err() error { return nil }

// Done returns nil: it never ends by itself.
func (n *kernelNAT) Done() <-chan struct{} { return nil }

// Log returns nothing: the kernel writes no log of what it translates.
func (n *kernelNAT) Log() string { return "" }

// begun follows the sessions from now on. Where the kernel does not tell of them, their
// list is read whenever it is needed.
func (n *kernelNAT) begun() {
	if watched, err := n.watch(); err == nil {
		n.watched = watched
	}
}

// Close removes the rules and forgets every session.
func (n *kernelNAT) Close() error {
	return errors.Join(n.close(), n.watched.close(), n.link.answer(nil))
}

// follow has another policy followed. Other rules take the place of those that are
// there by load, in one step, as reloading a firewall does. What the rules have begun
// lives on in conntrack: a session through a forward that has gone or leads elsewhere
// now, and answers to it, until it is idle. No new session begins by a rule that is
// gone.
//
// When the outside interface's address has gone, the kernel has ended what was
// masqueraded to it, and nothing else. A session through a forward would still be
// led inside from an address that may be somebody else's by now, so those go, too,
// as "conntrack -D -d ADDRESS" would have it.
func (n *kernelNAT) follow(ctx context.Context, site Site, policy Policy, load func() error) error {
	for _, t := range timers() {
		if t.of(policy) == 0 && t.of(n.policy) != 0 {
			return fmt.Errorf("%w: the kernel's own timers again", ErrUnsupported)
		}
	}
	if err := load(); err != nil {
		return err
	}
	if err := n.link.answer(policy.answered(site)); err != nil {
		return err
	}
	lost := n.own
	n.own, n.policy = site.Outside.Prefix(false).Addr(), policy
	if lost == n.own {
		return nil
	}
	return n.forget(ctx, lost)
}
