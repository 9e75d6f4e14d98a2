package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"github.com/natproof/natproof/probe/router"
)

// An origin says where on this host everything is sent from. Its zero value leaves that
// to the system's routes.
type origin struct {
	source netip.Addr
	device string
	port   uint16
}

type originKey struct{}

// from returns a context whose sockets are opened at an origin.
func (o origin) from(ctx context.Context) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

func originOf(ctx context.Context) origin {
	o, _ := ctx.Value(originKey{}).(origin)
	return o
}

// ErrLocalPort is returned when the port that was chosen is another program's, or may not
// be used.
var ErrLocalPort = errors.New("the local port cannot be used")

// claim returns ErrLocalPort unless the origin's port is free toward a server, over UDP and
// over TCP as far as they are measured.
func (o origin) claim(ctx context.Context, server netip.Addr, udp, tcp bool) error {
	local, err := o.toward(server)
	if o.port == 0 || err != nil {
		return nil // without a way there, nothing will be sent
	}
	listen, at := net.ListenConfig{Control: o.bind}, netip.AddrPortFrom(local, o.port)
	if udp {
		conn, err := listen.ListenPacket(ctx, "udp", at.String())
		if err != nil {
			return fmt.Errorf("%w: UDP %v: %w", ErrLocalPort, at, cause(err))
		}
		_ = conn.Close() // it has sent nothing
	}
	if tcp {
		listener, err := listen.Listen(ctx, "tcp", at.String())
		if err != nil {
			return fmt.Errorf("%w: TCP %v: %w", ErrLocalPort, at, cause(err))
		}
		_ = listener.Close()
	}
	return nil
}

// bind binds a socket to the origin's device.
func (o origin) bind(_, _ string, c syscall.RawConn) error {
	if o.device == "" {
		return nil
	}
	return bindToDevice(c, o.device)
}

// reuse is bind for sockets that share a port.
func (o origin) reuse(network, address string, c syscall.RawConn) error {
	if err := o.bind(network, address, c); err != nil {
		return err
	}
	return reuse(network, address, c)
}

// dialer opens connections at the origin, of any port.
func (o origin) dialer(datagrams bool) net.Dialer {
	d := net.Dialer{Control: o.bind}
	switch from := netip.AddrPortFrom(o.source, 0); {
	case !o.source.IsValid():
	case datagrams:
		d.LocalAddr = net.UDPAddrFromAddrPort(from)
	default:
		d.LocalAddr = net.TCPAddrFromAddrPort(from)
	}
	return d
}

// toward returns the address that this host sends from toward another.
func (o origin) toward(addr netip.Addr) (netip.Addr, error) {
	if o.source.IsValid() {
		if o.source.Is4() != addr.Is4() {
			return netip.Addr{}, fmt.Errorf("the source %v is of another version of IP", o.source)
		}
		return o.source, nil
	}
	// Connecting a UDP socket only looks up the route.
	dialer := net.Dialer{Control: o.bind}
	conn, err := dialer.Dial("udp", netip.AddrPortFrom(addr, 9).String())
	if err != nil {
		return netip.Addr{}, cause(err)
	}
	local := conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr()
	return local.Unmap(), conn.Close()
}

// strays says why packets to a server's other address do not take the way of those to its
// first, "" if they do as far as the system tells. Another NAT may be on another way.
func (o origin) strays(home, other netip.Addr) string {
	local, err := o.toward(home)
	if err != nil || other.IsLinkLocalUnicast() {
		return ""
	}
	const why = "%v is not asked: this host has a route of its own to it, and sends there "
	away, err := o.toward(other)
	usual, link := router.Link(local, home), router.Link(local, other)
	switch {
	case err != nil:
		return fmt.Sprintf("%v is not reached: "+noRoute+": %v", other, err)
	case o.device != "", link == usual && link != "": // sockets are bound to the local address
		return ""
	case link != "" && usual != "":
		return fmt.Sprintf(why+"through %s", other, link)
	case away != local:
		return fmt.Sprintf(why+"as %v", other, away)
	}
	return ""
}
