package nat

import (
	"fmt"
	"net/netip"
	"slices"
)

// checkAddresses says which external address can be none, and which end of a pair or a
// forward is no host of the inside.
func (p Policy) checkAddresses(site Site) error {
	for _, addr := range p.Externals() {
		if why := site.Outside.unfit(addr); why != "" {
			return fmt.Errorf("the external address %v %s; name another one", addr, why)
		}
	}
	for _, pair := range p.Static {
		if why := site.Inside.noHost(pair.Inside); why != "" {
			return fmt.Errorf("the static pair %v leads nowhere: %v %s; name the address of an inside host",
				pair, pair.Inside, why)
		}
	}
	for _, f := range p.AllForwards() {
		if why := site.Inside.noHost(f.Inside.Addr()); why != "" {
			return fmt.Errorf("the forward %v leads nowhere: %v %s; name the address of an inside host",
				f, f.Inside.Addr(), why)
		}
	}
	return nil
}

// unfit says why an address cannot be an external one on this side; empty: it can.
func (i Interface) unfit(addr netip.Addr) string {
	switch {
	case !addr.IsGlobalUnicast():
		return "is not one of a host"
	case slices.Contains(i.Gateways, addr):
		return "is the next hop's"
	case !i.has(addr):
		return i.reserved(addr)
	}
	return ""
}

// noHost says why an address cannot be that of a host beside the interface; empty: it can.
func (i Interface) noHost(addr netip.Addr) string {
	if i.has(addr) {
		return "is the NAT's own"
	}
	return i.reserved(addr)
}

// reserved says why a subnet gives an address to nobody: the first and the last of one of
// IPv4 with more than two are the subnet's own (RFC 3021, RFC 1122, Section 3.2.1.3).
func (i Interface) reserved(addr netip.Addr) string {
	for _, p := range i.Prefixes {
		if !p.Addr().Is4() || p.Bits() > 30 || !p.Contains(addr) {
			continue
		}
		if addr == p.Masked().Addr() {
			return fmt.Sprintf("is the name of the subnet %v", p.Masked())
		}
		if !p.Contains(addr.Next()) {
			return fmt.Sprintf("is the broadcast address of %v", p.Masked())
		}
	}
	return ""
}

// checkShared says which address or port is to serve two purposes that exclude each other.
func (p Policy) checkShared(site Site) error {
	for _, pair := range p.Static {
		if err := p.checkPairAlone(site, pair); err != nil {
			return err
		}
	}
	for _, f := range p.AllForwards() {
		if p.OwnPort != 0 && f.External.Port() == p.OwnPort && site.Outside.has(f.External.Addr()) {
			return fmt.Errorf("the forward %v has the port of the NAT's own programs (%d); name another one for either",
				f, p.OwnPort)
		}
	}
	return nil
}

// checkPairAlone says what else would have the external address of a pair, which is all the
// host's.
func (p Policy) checkPairAlone(site Site, pair Pair) error {
	alone := func(what string) error {
		return fmt.Errorf("the static pair %v has the external address %s; give the pair one of its own", pair, what)
	}
	switch {
	case slices.Contains(p.Pool, pair.External):
		return alone("of other hosts: it is in the pool")
	case len(p.Pool) == 0 && site.Outside.has(pair.External):
		return alone("of all other hosts: it is the outside interface's own, and there is no pool")
	case p.OwnPort != 0 && site.Outside.has(pair.External):
		return alone("of the NAT's own programs")
	case pair.External == p.SecondSource:
		return alone("of the hosts behind the second inside interface")
	}
	for _, s := range p.Sources {
		if s.External == pair.External {
			return alone(fmt.Sprintf("of the source %v", s))
		}
	}
	for _, f := range p.AllForwards() {
		if f.External.Addr() == pair.External && f.Inside.Addr() != pair.Inside {
			return alone(fmt.Sprintf("of the forward %v to another host", f))
		}
	}
	return nil
}
