package stun

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// A spot is one endpoint of this host with its sockets.
type spot struct {
	end   endpoint
	local netip.AddrPort
	udp   []*net.UDPConn // one per worker
	tcp   *net.TCPListener
}

// A family is this host's endpoints in IPv4 or IPv6.
type family struct {
	udp, tcp network
	spots    []*spot
}

func (f *family) name() string {
	if f.udp == udp6 {
		return "IPv6"
	}
	return "IPv4"
}

// portTries is how often free ports are looked for that are free on all
// addresses.
const portTries = 20

// open opens all sockets of a configuration.
func open(cfg Config) (families []*family, err error) {
	for range portTries {
		families, err = openOnce(cfg)
		free := cfg.Port == 0 || cfg.AlternatePort == 0
		if err == nil || !free || !errors.Is(err, syscall.EADDRINUSE) {
			return families, err
		}
	}
	return nil, err
}

func openOnce(cfg Config) (families []*family, err error) {
	defer func() {
		if err != nil {
			closeAll(families)
		}
	}()
	port, alternate := cfg.Port, cfg.AlternatePort
	for _, primary := range cfg.Primary {
		f := &family{udp: udp4, tcp: tcp4}
		if primary.Is6() {
			f.udp, f.tcp = udp6, tcp6
		}
		families = append(families, f)
		second, pair := ofFamily(cfg.Alternate, primary.Is4())
		if port, err = f.open(cfg, 0, netip.AddrPortFrom(primary, port)); err != nil {
			return families, err
		}
		if pair || cfg.Peer != "" {
			if alternate, err = f.open(cfg, otherPort, netip.AddrPortFrom(primary, alternate)); err != nil {
				return families, err
			}
		}
		if !pair {
			continue
		}
		if _, err = f.open(cfg, otherAddr, netip.AddrPortFrom(second, port)); err != nil {
			return families, err
		}
		if _, err = f.open(cfg, otherAddr|otherPort, netip.AddrPortFrom(second, alternate)); err != nil {
			return families, err
		}
	}
	return families, nil
}

// open opens the sockets of one endpoint and returns its port.
func (f *family) open(cfg Config, end endpoint, local netip.AddrPort) (uint16, error) {
	// Sockets that share an endpoint would share it with another server too, which
	// would take a part of our requests. So the first socket shares nothing.
	alone, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(local))
	if err != nil {
		return 0, err
	}
	local = alone.LocalAddr().(*net.UDPAddr).AddrPort()
	aloneTCP, err := listenTCP(f.tcp.String(), local, nil)
	_ = alone.Close()
	if err != nil {
		return 0, err
	}
	_ = aloneTCP.Close()

	s := &spot{end: end, local: local}
	f.spots = append(f.spots, s)
	listen := net.ListenConfig{Control: reuse}
	for range cfg.Workers {
		conn, err := listen.ListenPacket(context.Background(), f.udp.String(), local.String())
		if err != nil {
			return 0, err
		}
		s.udp = append(s.udp, conn.(*net.UDPConn))
		if err := prepare(conn.(*net.UDPConn)); err != nil {
			return 0, err
		}
		// More than the default, so that a burst can wait. The system may allow less;
		// that is no reason to stop.
		_ = conn.(*net.UDPConn).SetReadBuffer(1 << 20)
	}
	if s.tcp, err = listenTCP(f.tcp.String(), local, reuse); err != nil {
		return 0, fmt.Errorf("TCP: %w", err)
	}
	return local.Port(), nil
}

// listenTCP listens for plain TCP. Go would listen for MPTCP too, whose options a
// NAT may treat in its own way.
func listenTCP(
	network string, local netip.AddrPort, control func(network, address string, conn syscall.RawConn) error,
) (*net.TCPListener, error) {
	listen := net.ListenConfig{Control: control}
	listen.SetMultipathTCP(false)
	l, err := listen.Listen(context.Background(), network, local.String())
	if err != nil {
		return nil, err
	}
	return l.(*net.TCPListener), nil
}

func closeAll(families []*family) {
	for _, f := range families {
		for _, s := range f.spots {
			for _, conn := range s.udp {
				_ = conn.Close()
			}
			if s.tcp != nil {
				_ = s.tcp.Close()
			}
		}
	}
}

// spot returns an endpoint of this host, and nil if it is the peer's.
func (f *family) spot(e endpoint) *spot {
	for _, s := range f.spots {
		if s.end == e {
			return s
		}
	}
	return nil
}
