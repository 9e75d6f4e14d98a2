package router

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// toward returns the router that packets to the servers are handed to. The
// kernel is asked for the route of each, from the address that sockets have
// toward the server: with policy routing, routes to halves of the Internet or
// several uplinks, the default route is only one of many.
func toward(_ context.Context, servers []netip.Addr) (netip.Addr, error) {
	return same(servers, func(server netip.Addr) (netip.Addr, error) {
		local, err := localToward(server)
		if err != nil {
			return netip.Addr{}, err
		}
		way, err := routes(local, server)
		for _, route := range way {
			if addr, ok := netip.AddrFromSlice(route.Gw); ok {
				return addr.Unmap(), nil
			}
		}
		return netip.Addr{}, err
	})
}

// Link returns the interface through which packets from a local address to another leave,
// "" if the system does not tell.
func Link(local, to netip.Addr) string {
	way, err := routes(local, to)
	if err != nil || len(way) == 0 {
		return ""
	}
	link, err := net.InterfaceByIndex(way[0].LinkIndex)
	if err != nil {
		return ""
	}
	return link.Name
}

func routes(local, to netip.Addr) ([]netlink.Route, error) {
	way, err := netlink.RouteGetWithOptions(to.AsSlice(), &netlink.RouteGetOptions{SrcAddr: local.AsSlice()})
	if err != nil {
		return nil, fmt.Errorf("asking the kernel for the route to %v: %w", to, err)
	}
	return way, nil
}

// Uplinks returns the interfaces with a route of one version of IP to everywhere, or to half of
// that, as VPNs make two of.
func Uplinks(ipv6 bool) []string {
	family := netlink.FAMILY_V4
	if ipv6 {
		family = netlink.FAMILY_V6
	}
	// The filter by no table at all finds those of every table.
	all, err := netlink.RouteListFiltered(family, &netlink.Route{}, netlink.RT_FILTER_TABLE)
	if err != nil {
		return nil
	}
	var names []string
	for _, route := range all {
		if route.Dst != nil {
			if bits, _ := route.Dst.Mask.Size(); bits > 1 {
				continue
			}
		}
		for _, hop := range append(route.MultiPath, &netlink.NexthopInfo{LinkIndex: route.LinkIndex}) {
			link, err := net.InterfaceByIndex(hop.LinkIndex)
			if err == nil && link.Flags&(net.FlagUp|net.FlagLoopback) == net.FlagUp && route.Type == unix.RTN_UNICAST {
				names = append(names, link.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
