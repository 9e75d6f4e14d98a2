package router

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// A forwardRow is a MIB_IPFORWARDROW.
type forwardRow struct {
	dest, mask, policy, nextHop, index, kind uint32
	_                                        [8]uint32 // age, protocol, metrics
}

// toRouter is the kind of a route that leads to a router (MIB_IPROUTE_TYPE_INDIRECT).
const toRouter = 4

// toward returns the router that packets to the servers are handed to, as
// the system says of each, from the address that sockets have toward it.
func toward(_ context.Context, servers []netip.Addr) (netip.Addr, error) {
	best := windows.NewLazySystemDLL("iphlpapi.dll").NewProc("GetBestRoute")
	if err := best.Find(); err != nil {
		return netip.Addr{}, fmt.Errorf("this system does not tell its routes: %w", err)
	}
	return same(servers, func(server netip.Addr) (netip.Addr, error) {
		local, err := localToward(server)
		if err != nil {
			return netip.Addr{}, err
		}
		var route forwardRow
		if code, _, _ := best.Call(ipAddr(server), ipAddr(local), uintptr(unsafe.Pointer(&route))); code != 0 {
			return netip.Addr{}, fmt.Errorf("asking the system for the route to %v: %w", server, syscall.Errno(code))
		}
		if route.kind != toRouter {
			return netip.Addr{}, nil
		}
		var hop [4]byte
		binary.NativeEndian.PutUint32(hop[:], route.nextHop)
		return netip.AddrFrom4(hop), nil
	})
}

// ipAddr is an address as Windows has it: its bytes in order, taken for a number.
func ipAddr(a netip.Addr) uintptr {
	b := a.As4()
	return uintptr(binary.NativeEndian.Uint32(b[:]))
}
