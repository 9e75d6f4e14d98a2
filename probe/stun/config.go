package stun

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
)

// A Config says what a Server does. Its zero value is a server for tests, on a
// free port of 127.0.0.1.
type Config struct {
	// Primary and Alternate are the addresses to answer on, each at most one of
	// IPv4 and one of IPv6. None in Primary is 127.0.0.1. Without an alternate
	// address of a family, and without a peer, there is no OTHER-ADDRESS in it
	// and CHANGE-REQUEST is answered with 420, as RFC 5780, Section 6 wants.
	Primary, Alternate []netip.Addr
	// Public is what clients know an address by, where a NAT translates it one
	// to one, as clouds do. An address that is not in it is known by itself.
	Public map[netip.Addr]netip.Addr
	// Port and AlternatePort are used on all addresses, by UDP and TCP. 0 is one
	// that is free.
	Port, AlternatePort uint16

	// SourceRate is how many requests per second a source may make, an IPv4
	// address or an IPv6 network of 64 bits; 0 is any number. What comes above
	// it is not answered. As many as a second's worth may come at once.
	SourceRate int
	// MaxConns is how many TCP connections there are at most; 0 is 1024. A
	// source may have an eighth of them.
	MaxConns int
	// Workers is how many sockets share the packets to one endpoint; 0 is as
	// many as there are processors and at most 8, and 1 on systems other than
	// Linux.
	Workers int

	// Peer is host:port of the control connection of another server, with
	// which this one makes a pair: each is the other's alternate address. ""
	// is none.
	Peer string
	// Control is where this server's peer connects to. The zero value is a free
	// port of the first primary address.
	Control netip.AddrPort
	// Secret proves to each of a pair that the other is who it should be. It
	// is needed with a Peer, and of at least 16 bytes.
	Secret []byte

	// Logger hears of what an operator should know, and not of each request;
	// nil is nobody.
	Logger *slog.Logger
}

const minSecret = 16

// complete returns c with its defaults.
func (c Config) complete() Config {
	if len(c.Primary) == 0 {
		c.Primary = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	}
	if c.MaxConns == 0 {
		c.MaxConns = defaultConns
	}
	if c.Workers <= 0 {
		c.Workers = min(8, runtime.GOMAXPROCS(0))
	}
	if !manySockets {
		c.Workers = 1
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
	for _, list := range [][]netip.Addr{c.Primary, c.Alternate} {
		for i, a := range list {
			if !answerable(a) {
				return fmt.Errorf("%v is no address that answers can come from", a)
			}
			if i > 1 || i == 1 && a.Is4() == list[0].Is4() {
				return fmt.Errorf("%v is a second address of its family", a)
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
	switch {
	case c.Port != 0 && c.Port == c.AlternatePort:
		return fmt.Errorf("alternate port %d is the first one too", c.Port)
	case c.SourceRate < 0, c.MaxConns < 0:
		return errors.New("a limit is negative")
	case c.Peer != "" && len(c.Alternate) > 0:
		return errors.New("a peer is the alternate address, so there can be no other")
	case c.Peer != "" && len(c.Secret) < minSecret:
		return fmt.Errorf("the secret has %d bytes, a pair needs at least %d", len(c.Secret), minSecret)
	}
	return nil
}

// answerable reports whether answers can come from an address, or go to it.
func answerable(a netip.Addr) bool {
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
