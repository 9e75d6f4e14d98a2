package refnat

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/natproof/natproof/topology/packet"
)

// A Config describes a NAT between two IPv4 networks. Only Inside, InsideAddr and External are required.
type Config struct {
	// Inside is the inside subnet. Packets from other sources are dropped.
	Inside netip.Prefix
	// InsideAddr is the NAT's own address in it.
	InsideAddr netip.Addr
	// External lists the addresses to translate to. The first is also the
	// source of the NAT's own ICMP messages to the outside. If it is in Inside, so are hosts
	// outside; an inside host sees these as the NAT's own inside address.
	External []netip.Addr
	// InsideMTU and OutsideMTU are the links' largest IP packets; zero means
	// 1500.
	InsideMTU, OutsideMTU int
	// Static ties inside addresses to external ones, for all ports of all
	// protocols, in both directions and without a filter. A tied external address that External
	// lists too is not used for anything else.
	Static []Pair
	// Forwards ties endpoints in the same way. What the inside endpoint sends
	// leaves from the external one, so it can have only one.
	Forwards []Forward
	// Sources choose the external addresses of inside hosts, the first that holds one;
	// any other host gets one of External.
	Sources []Source
	// Second is the external address of all hosts behind the second inside link, before
	// Sources are looked at; the zero address is none in particular. A host is behind
	// that link if its last packet was given to OutboundBySecond.
	Second netip.Addr
	// Behaviour is how the NAT behaves; zero means as the RFCs ask.
	Behaviour Behaviour
	// Faults are the NAT's mistakes; zero means none.
	Faults Faults
	// Seed starts the random generator.
	Seed uint64
}

// A Pair ties an inside address to an external one.
type Pair struct {
	Inside, External netip.Addr
}

// A Source has the hosts of an inside subnet translated to an external address.
type Source struct {
	Inside   netip.Prefix
	External netip.Addr
}

// A Forward ties an external endpoint to an inside one.
type Forward struct {
	// Protocol is of both; zero means UDP.
	Protocol         packet.Protocol
	External, Inside netip.AddrPort
}

const (
	defaultMTU = 1500
	// smallestMTU is what every link must carry, RFC 791, Section 3.2.
	smallestMTU = 68
	largestMTU  = 65535
)

// complete returns c with its zero fields filled in, or what is wrong with it.
func (c Config) complete(protocols *protocols) (Config, error) {
	if c.InsideMTU == 0 {
		c.InsideMTU = defaultMTU
	}
	if c.OutsideMTU == 0 {
		c.OutsideMTU = defaultMTU
	}
	for _, mtu := range []int{c.InsideMTU, c.OutsideMTU} {
		if mtu < smallestMTU || mtu > largestMTU {
			return c, fmt.Errorf("MTU %d is not within %d-%d", mtu, smallestMTU, largestMTU)
		}
	}
	c.Forwards = slices.Clone(c.Forwards)
	for i := range c.Forwards {
		c.Forwards[i].Protocol = cmp.Or(c.Forwards[i].Protocol, packet.UDP)
	}
	b := c.Behaviour
	if min(b.Lifetime, b.UnrepliedLifetime, b.TCPEstablished, b.TCPOpening, b.TCPClosing, b.QueryLifetime) < 0 {
		return c, errors.New("a lifetime is negative")
	}
	return c, errors.Join(b.PortRange.check(), c.checkCarrier(), c.checkAddresses(), c.checkStatic(), c.checkSources(),
		c.checkForwards(protocols))
}

func (c Config) checkAddresses() error {
	if !c.Inside.IsValid() || !c.Inside.Addr().Is4() {
		return fmt.Errorf("inside subnet %v is not IPv4", c.Inside)
	}
	if !c.Inside.Contains(c.InsideAddr) {
		return fmt.Errorf("inside address %v is not in %v", c.InsideAddr, c.Inside)
	}
	if len(c.External) == 0 {
		return errors.New("no external address")
	}
	for i, addr := range c.External {
		if err := c.checkExternal(addr); err != nil {
			return err
		}
		if slices.Contains(c.External[:i], addr) {
			return fmt.Errorf("external address %v is given twice", addr)
		}
	}
	return nil
}

func (c Config) checkExternal(addr netip.Addr) error {
	if !addr.Is4() || !unicast(addr) {
		return fmt.Errorf("external address %v is not IPv4 unicast", addr)
	}
	if addr == c.InsideAddr || c.Inside.Contains(addr) && !slices.Contains(c.External, addr) {
		return fmt.Errorf("external address %v is in the inside subnet %v", addr, c.Inside)
	}
	return nil
}

// overlaps reports whether the inside subnet is one of the outside, too (RFC 4787, REQ-7).
func (c Config) overlaps() bool { return c.Inside.Contains(c.External[0]) }

func (c Config) checkStatic() error {
	if len(c.Static) > 0 && c.Behaviour.Translation != NAPT {
		return errors.New("static pairs need translation")
	}
	for i, pair := range c.Static {
		if err := c.checkExternal(pair.External); err != nil {
			return err
		}
		if !c.host(pair.Inside) {
			return fmt.Errorf("static pair's %v is not a host in %v", pair.Inside, c.Inside)
		}
		for _, other := range c.Static[:i] {
			if other.Inside == pair.Inside || other.External == pair.External {
				return fmt.Errorf("static pairs %v and %v overlap", other, pair)
			}
		}
	}
	return nil
}

func (c Config) checkSources() error {
	if (len(c.Sources) > 0 || c.Second.IsValid()) && c.Behaviour.Translation != NAPT {
		return errors.New("sources need translation")
	}
	if c.Second.IsValid() {
		if err := c.checkExternal(c.Second); err != nil {
			return err
		}
		if c.tied(c.Second) {
			return fmt.Errorf("the second inside link has the address %v of a static pair", c.Second)
		}
	}
	for _, source := range c.Sources {
		if err := c.checkExternal(source.External); err != nil {
			return err
		}
		if !source.Inside.IsValid() || !source.Inside.Overlaps(c.Inside) {
			return fmt.Errorf("source %v is not in %v", source.Inside, c.Inside)
		}
		if c.tied(source.External) {
			return fmt.Errorf("source %v has the address %v of a static pair", source.Inside, source.External)
		}
	}
	return nil
}

// tied reports whether an external address is that of a static pair.
func (c Config) tied(addr netip.Addr) bool {
	return slices.ContainsFunc(c.Static, func(p Pair) bool { return p.External == addr })
}

// sourceOf returns the address that was chosen for an inside host, if one was, whatever
// link it is behind.
func (c Config) sourceOf(x netip.Addr) (netip.Addr, bool) {
	i := slices.IndexFunc(c.Sources, func(s Source) bool { return s.Inside.Contains(x) })
	if i < 0 {
		return netip.Addr{}, false
	}
	return c.Sources[i].External, true
}

func (c Config) checkForwards(protocols *protocols) error {
	if len(c.Forwards) > 0 && c.Behaviour.Translation != NAPT {
		return errors.New("forwards need translation")
	}
	for i, forward := range c.Forwards {
		if known := protocols.of(forward.Protocol); known == nil {
			return fmt.Errorf("forward of %v, which is not translated", forward.Protocol)
		} else if known.numbers.identifiers {
			return fmt.Errorf("forward of %v, which has no ports", forward.Protocol)
		}
		if err := c.checkExternal(forward.External.Addr()); err != nil {
			return err
		}
		if !c.host(forward.Inside.Addr()) {
			return fmt.Errorf("forward's %v is not on a host in %v", forward.Inside, c.Inside)
		}
		for _, other := range c.Forwards[:i] {
			overlap := other.Inside == forward.Inside || other.External == forward.External
			if overlap && other.Protocol == forward.Protocol {
				return fmt.Errorf("forwards %v and %v overlap", other, forward)
			}
		}
	}
	return nil
}

// host reports whether addr can be that of a host on the inside.
func (c Config) host(addr netip.Addr) bool {
	return c.Inside.Contains(addr) && addr != c.InsideAddr && !slices.Contains(c.External, addr) && unicast(addr)
}

// unicast reports whether a router forwards packets from and to addr.
func unicast(addr netip.Addr) bool {
	return addr.IsGlobalUnicast()
}
