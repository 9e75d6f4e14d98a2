package lab

import (
	"context"
	"errors"

	"github.com/natproof/natproof/topology/nat"
)

func (n *namespaces) changes() bool {
	_, ok := n.nat.(nat.Changer)
	return ok
}

// change takes an interface's address away, as a lease that has ended does, gives it
// another one, and tells the NAT.
func (n *namespaces) change(ctx context.Context, to renumbering, policy Policy) error {
	before := n.site
	n.site = to.of(before)
	if to.outside.IsValid() {
		// It has been there, as one of those that a pool may use.
		err := n.node.DelAddr(outsideIface, bits(to.outside))
		if err := errors.Join(err, n.readdress(before.Outside, n.site.Outside)); err != nil {
			return err
		}
		for _, prefix := range before.Outside.Prefixes {
			if err := nat.Settle(ctx, n.site, prefix.Addr()); err != nil {
				return err
			}
		}
	}
	if to.inside != nil {
		if err := n.readdress(before.Inside, n.site.Inside); err != nil {
			return err
		}
	}
	return n.nat.(nat.Changer).Change(ctx, n.site, policy)
}

// readdress gives an interface of the NAT its other addresses.
func (n *namespaces) readdress(before, after nat.Interface) error {
	var err error
	for _, prefix := range before.Prefixes {
		err = errors.Join(err, n.node.DelAddr(before.Name, prefix))
	}
	for _, prefix := range after.Prefixes {
		err = errors.Join(err, n.node.AddAddr(after.Name, prefix))
	}
	return err
}
