package router

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
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
		routes, err := netlink.RouteGetWithOptions(server.AsSlice(), &netlink.RouteGetOptions{SrcAddr: local.AsSlice()})
		if err != nil {
			return netip.Addr{}, fmt.Errorf("asking the kernel for the route to %v: %w", server, err)
		}
		for _, route := range routes {
			if addr, ok := netip.AddrFromSlice(route.Gw); ok {
				return addr.Unmap(), nil
			}
		}
		return netip.Addr{}, nil
	})
}
