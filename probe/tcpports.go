package probe

import (
	"context"
	"net"
	"net/netip"
	"slices"
)

// neighbours finds local ports that are free toward a server, next to each other
// if it can. No listener stays on them, so that nobody can connect to them.
func neighbours(ctx context.Context, server netip.Addr, n int) (ports []tcpPort, err error) {
	local, err := localToward(server)
	if err != nil {
		return nil, err
	}
	// Without reuse, a port that somebody else has is not taken for free. All
	// stay taken until the last one is found.
	var listen net.ListenConfig
	next := uint16(0)
	for range n {
		l, err := listen.Listen(ctx, "tcp", netip.AddrPortFrom(local, next).String())
		if err != nil && next != 0 {
			l, err = listen.Listen(ctx, "tcp", netip.AddrPortFrom(local, 0).String())
		}
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, portOf(l, local))
		next = ports[len(ports)-1].local.Port() + 1
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

// tcpChoice tells how ports are chosen, as for UDP. Yet connections that are
// begun in order may be sent in another one by a busy host. So what holds in
// some order only is not taken for its contrary: ports at constant distances are
// no chance in whatever order.
func tcpChoice(firsts []pair, own []netip.AddrPort, mapping Dependence) Ports {
	var successive []uint16
	for _, a := range own {
		successive = append(successive, a.Port())
	}
	p := choice(firsts, successive, mapping)
	if p.Contiguous == No && sortedStep(p.Mapped) == 1 {
		p.Contiguous = Unknown
	}
	if p.Predictable == No {
		if mapping == EndpointIndependent {
			p.Step = sortedStep(p.Mapped)
		} else {
			p.Step = sortedStep(distinct(successive))
		}
		p.Predictable = tristate(p.Step != 0)
	}
	return p
}

// sortedStep is the step between ports of which the order is not known, 0 if
// they have one in the order they are in.
func sortedStep(ports []uint16) int {
	if step(ports) != 0 {
		return 0
	}
	return step(slices.Sorted(slices.Values(ports)))
}
