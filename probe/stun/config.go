package stun

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
)

// A Config says what a Server does. Its zero value is a server for tests, on a
// free port of 127.0.0.1.
type Config struct {
	// Primary and Alternate are the addresses to answer on, each at most one of
	// IPv4 and one of IPv6. An empty Primary means 127.0.0.1. Without an alternate
	// address of a family, and without a peer, there is no OTHER-ADDRESS in it and
	// CHANGE-REQUEST is answered with 420, as RFC 5780, Section 6 wants.
	Primary, Alternate []netip.Addr
	// Public is what clients know an address by, where a NAT translates it one
	// to one, as clouds do. An address that is not in it is known by itself. Each
	// key is one of Primary or Alternate.
	Public map[netip.Addr]netip.Addr
	// Port and AlternatePort are used on all addresses, by UDP and TCP. 0 is a free
	// port.
	Port, AlternatePort uint16

	// SourceRate is how many requests per second a source may make, an IPv4 address
	// or an IPv6 network of 64 bits; 0 is any number. Requests above it are not
	// answered. As many as ten seconds' worth, and at least 40, may come at once. A
	// site of IPv6, 48 bits, may make as many as 64 sources. UDP and TCP count
	// apart.
	SourceRate int
	// MaxConns is how many TCP connections there are at most, those back to clients
	// too; 0 is 4096. A source may have an eighth of them and a site of IPv6 a
	// quarter. When all are taken, the connection that has been idle longest gives
	// way to the next.
	MaxConns int
	// Workers is how many sockets share the packets to one endpoint, at most 64;
	// 0 is as many as there are processors and at most 8. It is 1 on systems
	// other than Linux.
	Workers int

	// Peer is host:port of the control connection of another server, with which
	// this one makes a pair: each is the other's alternate address. "" means no
	// peer.
	Peer string
	// Control is where this server's peer connects to. The zero value is a free
	// port of the first primary address.
	Control netip.AddrPort
	// Secret proves to each of a pair that the other is who it should be. A Peer
	// requires it, with at least 16 bytes.
	Secret []byte

	// Logger gets the events that an operator should know, and not each request;
	// nil drops them.
	Logger *slog.Logger
}

const (
	minSecret  = 16
	maxWorkers = 64 // each has room for 64 packets of 9 KB and their answers
)

// complete returns c with its defaults.
func (c Config) complete() Config {
	if len(c.Primary) == 0 {
		c.Primary = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	}
	if c.MaxConns == 0 {
		c.MaxConns = defaultConns
	}
	if c.Workers == 0 {
		c.Workers = min(8, runtime.GOMAXPROCS(0))
	}
	if !manySockets {
		c.Workers = min(1, c.Workers)
	}
	if !c.Control.IsValid() {
		c.Control = netip.AddrPortFrom(c.Primary[0], 0)
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Check returns what is wrong with c, before anything is opened.
func (c Config) Check() error {
	if err := c.complete().check(); err != nil {
		return fmt.Errorf("stun: configuring a server: %w", err)
	}
	return nil
}

func (c Config) check() error {
	for _, check := range []func() error{c.checkAddresses, c.checkPublic, c.checkPair, c.checkLimits} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c Config) checkAddresses() error {
	for _, list := range []struct {
		name  string
		addrs []netip.Addr
	}{{"primary", c.Primary}, {"alternate", c.Alternate}} {
		for i, a := range list.addrs {
			if !answerable(a) {
				return fmt.Errorf("%s address %v is not one that answers can come from", list.name, a)
			}
			if i > 1 || i == 1 && a.Is4() == list.addrs[0].Is4() {
				return fmt.Errorf("%s address %v is a second one of its family", list.name, a)
			}
		}
	}
	for _, a := range c.Alternate {
		p, ok := ofFamily(c.Primary, a.Is4())
		switch {
		case !ok:
			return fmt.Errorf("alternate address %v has no primary address of its family", a)
		case p == a, c.public(p) == c.public(a):
			return fmt.Errorf("alternate address %v is the primary one too", a)
		}
	}
	if c.Port != 0 && c.Port == c.AlternatePort {
		return fmt.Errorf("alternate port %d is the first one too", c.Port)
	}
	return nil
}

func (c Config) checkPublic() error {
	for _, local := range slices.SortedFunc(maps.Keys(c.Public), netip.Addr.Compare) {
		known := c.Public[local]
		switch {
		case !slices.Contains(c.Primary, local) && !slices.Contains(c.Alternate, local):
			const strange = "public address %v is for %v, which is neither a primary nor an alternate address"
			return fmt.Errorf(strange, known, local)
		case !answerable(known):
			return fmt.Errorf("public address %v is not one that answers can come from", known)
		case known.Is4() != local.Is4():
			return fmt.Errorf("public address %v is of another family than %v", known, local)
		}
	}
	return nil
}

func (c Config) checkPair() error {
	if c.Peer == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(c.Peer)
	number, bad := strconv.ParseUint(port, 10, 16)
	switch {
	case err != nil || bad != nil || host == "" || number == 0:
		return fmt.Errorf("peer %q is not of the form host:port", c.Peer)
	case len(c.Alternate) > 0:
		return errors.New("a peer is the alternate address, so there can be no other")
	case len(c.Secret) < minSecret:
		return fmt.Errorf("the secret has %d bytes, a pair needs at least %d", len(c.Secret), minSecret)
	}
	return nil
}

func (c Config) checkLimits() error {
	switch {
	case c.SourceRate < 0:
		return fmt.Errorf("source rate %d is negative", c.SourceRate)
	case c.MaxConns < 0:
		return fmt.Errorf("%d as the most connections is negative", c.MaxConns)
	case c.Workers < 0:
		return fmt.Errorf("%d workers is negative", c.Workers)
	case c.Workers > maxWorkers:
		return fmt.Errorf("%d workers are more than %d", c.Workers, maxWorkers)
	}
	return nil
}

// answerable reports whether answers can come from an address, or go to it.
func answerable(a netip.Addr) bool {
	// 0.0.0.0/8 is this network, and the last address all hosts of it.
	if b := a.As16(); a.Is4() && (b[12] == 0 || a == netip.AddrFrom4([4]byte{255, 255, 255, 255})) {
		return false
	}
	return a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && !a.Is4In6()
}

func (c Config) public(a netip.Addr) netip.Addr {
	if p, ok := c.Public[a]; ok {
		return p
	}
	return a
}

// ofFamily returns the address of a family.
func ofFamily(list []netip.Addr, is4 bool) (netip.Addr, bool) {
	for _, a := range list {
		if a.Is4() == is4 {
			return a, true
		}
	}
	return netip.Addr{}, false
}
