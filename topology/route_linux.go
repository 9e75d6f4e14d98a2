package topology

import (
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
)

// AddRoute makes the node send packets for dst to via.
func (n *Node) AddRoute(dst netip.Prefix, via netip.Addr) error {
	err := n.usable()
	if err == nil {
		err = n.handle.RouteAdd(&netlink.Route{Dst: ipNet(dst.Masked()), Gw: via.AsSlice()})
	}
	if err != nil {
		return explain(fmt.Errorf("topology: routing %s via %s on %s: %w", dst, via, n.Name(), err))
	}
	return nil
}

// AddRouteBy is AddRoute by one of the node's interfaces, whichever subnets the others have.
func (n *Node) AddRouteBy(iface string, dst netip.Prefix, via netip.Addr) error {
	link, err := n.link(iface)
	if err == nil {
		err = n.handle.RouteAdd(&netlink.Route{
			Dst: ipNet(dst.Masked()), Gw: via.AsSlice(), LinkIndex: link.Attrs().Index,
		})
	}
	if err != nil {
		return explain(fmt.Errorf("topology: routing %s via %s by %s/%s: %w", dst, via, n.Name(), iface, err))
	}
	return nil
}

// Addrs returns the IPv4 addresses of an interface.
func (n *Node) Addrs(iface string) ([]netip.Prefix, error) {
	link, err := n.link(iface)
	var known []netlink.Addr
	if err == nil {
		known, err = n.handle.AddrList(link, netlink.FAMILY_V4)
	}
	if err != nil {
		return nil, explain(fmt.Errorf("topology: addresses of %s/%s: %w", n.Name(), iface, err))
	}
	var all []netip.Prefix
	for _, one := range known {
		addr, _ := netip.AddrFromSlice(one.IP)
		length, _ := one.Mask.Size()
		all = append(all, netip.PrefixFrom(addr.Unmap(), length))
	}
	return all, nil
}
