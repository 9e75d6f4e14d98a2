//go:build !linux && !windows

package router

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/jackpal/gateway"
)

// toward returns the default gateway if packets to the servers are handed
// to it, as far as this host's addresses tell: they leave from the address that
// it has toward the gateway.
func toward(ctx context.Context, servers []netip.Addr) (netip.Addr, error) {
	router, err := defaultGateway(ctx)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("the default gateway is not known: %w", err)
	}
	toRouter, err := localToward(router)
	if err != nil {
		return netip.Addr{}, err
	}
	return same(servers, func(server netip.Addr) (netip.Addr, error) {
		switch local, err := localToward(server); {
		case err != nil:
			return netip.Addr{}, err
		case local != toRouter:
			const elsewhere = "the way to %v does not lead through the default gateway %v"
			return netip.Addr{}, fmt.Errorf(elsewhere, server, router)
		}
		return router, nil
	})
}

// defaultGateway returns the IPv4 default gateway.
func defaultGateway(ctx context.Context) (netip.Addr, error) {
	type found struct {
		ip  net.IP
		err error
	}
	// The library runs a program of the system, which cannot be stopped: if ctx
	// ends first, the program is left to itself.
	answer := make(chan found, 1)
	go func() {
		ip, err := gateway.DiscoverGateway()
		answer <- found{ip, err}
	}()
	select {
	case <-ctx.Done():
		return netip.Addr{}, context.Cause(ctx)
	case f := <-answer:
		if f.err != nil {
			return netip.Addr{}, f.err
		}
		addr, ok := netip.AddrFromSlice(f.ip)
		if addr = addr.Unmap(); !ok || !addr.Is4() {
			return netip.Addr{}, errors.New("there is no default route over IPv4")
		}
		return addr, nil
	}
}
