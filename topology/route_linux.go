package topology

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
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

// AddLink makes the node look for dst on an interface's link, whatever other interfaces
// have its subnet.
func (n *Node) AddLink(iface string, dst netip.Prefix) error {
	link, err := n.link(iface)
	if err == nil {
		err = n.handle.RouteAdd(&netlink.Route{
			Dst: ipNet(dst.Masked()), LinkIndex: link.Attrs().Index, Scope: netlink.SCOPE_LINK,
		})
	}
	if err != nil {
		return explain(fmt.Errorf("topology: routing %s to %s/%s: %w", dst, n.Name(), iface, err))
	}
	return nil
}

// AddLocal makes the node take what is sent to addr for its own, and answer for it on the
// interface's link, as DelLocal ends it. The address is not the interface's, so nothing the
// node says of itself comes from it.
func (n *Node) AddLocal(iface string, addr netip.Addr) error {
	return n.local(iface, addr, (*netlink.Handle).RouteAdd)
}

// DelLocal ends what AddLocal has begun.
func (n *Node) DelLocal(iface string, addr netip.Addr) error {
	return n.local(iface, addr, (*netlink.Handle).RouteDel)
}

func (n *Node) local(iface string, addr netip.Addr, do func(*netlink.Handle, *netlink.Route) error) error {
	link, err := n.link(iface)
	if err == nil {
		err = do(n.handle, &netlink.Route{
			Dst: ipNet(netip.PrefixFrom(addr, addr.BitLen())), LinkIndex: link.Attrs().Index,
			Table: unix.RT_TABLE_LOCAL, Type: unix.RTN_LOCAL, Scope: netlink.SCOPE_HOST,
		})
	}
	if err != nil {
		return explain(fmt.Errorf("topology: local address %s by %s/%s: %w", addr, n.Name(), iface, err))
	}
	return nil
}

// MAC returns the Ethernet address of an interface.
func (n *Node) MAC(iface string) (net.HardwareAddr, error) {
	link, err := n.link(iface)
	if err != nil {
		return nil, explain(fmt.Errorf("topology: Ethernet address of %s/%s: %w", n.Name(), iface, err))
	}
	return link.Attrs().HardwareAddr, nil
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
