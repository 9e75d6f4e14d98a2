package router

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
)

// ErrNone and ErrSeveral say why there may be no router to ask.
var (
	ErrNone    = errors.New("no router is on the way to the servers")
	ErrSeveral = errors.New("the ways to the servers lead through several routers")
)

// Toward returns the router that packets from this host to all of the servers
// are handed to, as far as the system tells of its routes. Hurry is Ask's.
func Toward(ctx context.Context, hurry <-chan struct{}, servers []netip.Addr) (netip.Addr, error) {
	ctx, stop := untilHurried(ctx, hurry)
	defer stop()
	return toward(ctx, servers)
}

// same returns the router that is on the way to every server that can be
// reached. Way tells the router toward one server, the zero Addr if that way has
// no router. A router that only some packets pass tells nothing of how the others
// are translated.
func same(servers []netip.Addr, way func(netip.Addr) (netip.Addr, error)) (netip.Addr, error) {
	var router netip.Addr
	ways, failed := 0, ErrNone
	for _, server := range servers {
		one, err := way(server)
		if err != nil {
			failed = err
			continue
		}
		if ways++; ways > 1 && one != router {
			return netip.Addr{}, ErrSeveral
		}
		router = one
	}
	switch {
	case ways == 0:
		return router, failed
	case !router.IsValid():
		return router, ErrNone
	}
	return router, nil
}

// localToward returns the address that this host sends from toward another.
// Connecting a UDP socket only looks up the route.
func localToward(addr netip.Addr) (netip.Addr, error) {
	conn, err := net.Dial("udp", netip.AddrPortFrom(addr, 9).String())
	var system syscall.Errno
	if errors.As(err, &system) {
		err = system // without the port, which is of no meaning
	}
	if err != nil {
		return netip.Addr{}, err
	}
	return conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), conn.Close()
}
