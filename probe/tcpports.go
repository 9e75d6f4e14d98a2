package probe

import (
	"context"
	"net"
	"net/netip"
)

// neighbours finds local ports that are free toward a server, next to each other
// if it can. No listener stays on them, so that nobody can connect to them.
func neighbours(ctx context.Context, server netip.Addr, n int) (ports []tcpPort, err error) {
	from := originOf(ctx)
	local, err := from.toward(server)
	if err != nil {
		return nil, err
	}
	// Without reuse, a port that somebody else has is not taken for free. All
	// stay taken until the last one is found.
	listen := net.ListenConfig{Control: from.bind}
	next := neighbour(from.port, 1-n)
	for i := range n {
		if next == from.port && next != 0 {
			// It has been claimed, and several servers are asked from it at once.
			ports = append(ports, tcpPort{netip.AddrPortFrom(local, next)})
			continue
		}
		l, err := listen.Listen(ctx, "tcp", netip.AddrPortFrom(local, next).String())
		if err != nil && next != 0 {
			l, err = listen.Listen(ctx, "tcp", netip.AddrPortFrom(local, 0).String())
		}
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, portOf(l, local))
		if next = neighbour(from.port, i+2-n); from.port == 0 {
			next = neighbour(ports[i].local.Port(), 1)
		}
	}
	return ports, nil
}

// portOf returns the port of a listener on a local address, which some systems
// tell without its zone.
func portOf(l net.Listener, local netip.Addr) tcpPort {
	return tcpPort{netip.AddrPortFrom(local, uint16(l.Addr().(*net.TCPAddr).Port))}
}

// inZone gives a link-local address the zone of another. A server names addresses
// without one, since a zone has a meaning on one host only.
func inZone(a netip.AddrPort, of netip.Addr) netip.AddrPort {
	if a.Addr().Is6() && a.Addr().IsLinkLocalUnicast() {
		return netip.AddrPortFrom(a.Addr().WithZone(of.Zone()), a.Port())
	}
	return a
}
