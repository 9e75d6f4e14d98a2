//go:build !linux

package probe

import (
	"errors"
	"net/netip"

	"github.com/jackpal/gateway"
)

// defaultGateway returns the IPv4 default gateway.
func defaultGateway() (netip.Addr, error) {
	ip, err := gateway.DiscoverGateway()
	if err != nil {
		return netip.Addr{}, err
	}
	addr, ok := netip.AddrFromSlice(ip)
	if addr = addr.Unmap(); !ok || !addr.Is4() {
		return netip.Addr{}, errors.New("there is no default route over IPv4")
	}
	return addr, nil
}
