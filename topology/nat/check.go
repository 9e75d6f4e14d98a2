package nat

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// portProtocols are those whose endpoints have ports.
var portProtocols = []string{"udp", "tcp", "sctp", "dccp", "udplite"}

// Check returns nil if a NAT on that site could follow the policy, and otherwise
// an error that says what makes no sense and what to do. Only the site's prefixes
// matter. Each driver asks it before anything is built; what a driver
// cannot do, though others can, is for Info.Refuses and Start to say.
func (p Policy) Check(site Site) error {
	inside := site.Inside
	err := cmp.Or(
		p.checkPool(inside), p.checkStatic(inside), p.checkTranslation(site), p.checkForwards(site),
		p.checkTimers(), p.checkFilters(), p.checkPorts(), p.checkCarrier(inside), p.checkARP(site),
		p.checkAddresses(site), p.checkShared(site),
	)
	if err != nil {
		return fmt.Errorf("nat: bad policy: %w", err)
	}
	return nil
}

func (p Policy) checkARP(site Site) error {
	answered := p.answered(site)
	if p.ProxyARP && len(answered) == 0 {
		return errors.New("there is no address to answer ARP for beside the outside interface's own; name one")
	}
	for _, addr := range answered {
		if !site.Outside.reaches(addr) {
			return fmt.Errorf("nobody asks by ARP for %v, which is not of the outside's subnet (%s); name one that is",
				addr, site.Outside.subnets())
		}
	}
	return nil
}

func (p Policy) checkPool(inside Interface) error {
	for i, addr := range p.Pool {
		switch {
		case !addr.IsValid():
			return errors.New("an address of the pool is empty; name it, or take it out")
		case inside.reaches(addr):
			return fmt.Errorf("the pool's address %v is on the inside (%s); take it out, or name an address "+
				"of the outside", addr, inside.subnets())
		case slices.Contains(p.Pool[:i], addr):
			return fmt.Errorf("the pool has the address %v twice; name it once", addr)
		}
	}
	return nil
}

func (p Policy) checkStatic(inside Interface) error {
	byInside, byExternal := map[netip.Addr]Pair{}, map[netip.Addr]Pair{}
	for _, pair := range p.Static {
		switch {
		case !inside.reaches(pair.Inside):
			return fmt.Errorf("the static pair %v leads nowhere: %v is not on the inside (%s); name the address of an "+
				"inside host", pair, pair.Inside, inside.subnets())
		case !pair.External.IsValid() || inside.reaches(pair.External):
			return fmt.Errorf("the static pair %v has no external address: %v is not of the outside; name one that is",
				pair, pair.External)
		}
		if other, ok := byInside[pair.Inside]; ok {
			return fmt.Errorf("the static pairs %v and %v have the inside address %v in common; keep one of them",
				other, pair, pair.Inside)
		}
		if other, ok := byExternal[pair.External]; ok {
			return fmt.Errorf("the static pairs %v and %v have the external address %v in common; give each its own",
				other, pair, pair.External)
		}
		byInside[pair.Inside], byExternal[pair.External] = pair, pair
	}
	return nil
}

func (p Policy) checkForwards(site Site) error {
	inside := site.Inside
	type endpoint struct {
		protocol string
		at       netip.AddrPort
	}
	seen := map[endpoint]Forward{}
	for _, f := range p.AllForwards() {
		switch {
		case !slices.Contains(portProtocols, f.Protocol):
			return fmt.Errorf("the forward %v is of no known protocol: %q; it is one of %s", f, f.Protocol,
				strings.Join(portProtocols, ", "))
		case f.External.Port() == 0 || !f.External.IsValid():
			return fmt.Errorf("the forward %v has no external port; name one from 1 to 65535", f)
		case inside.reaches(f.External.Addr()) && !site.Outside.has(f.External.Addr()):
			return fmt.Errorf("the forward %v begins on the inside (%s); name an address of the outside",
				f, inside.subnets())
		case f.Inside.Port() == 0:
			return fmt.Errorf("the forward %v leads nowhere: port 0; name one from 1 to 65535", f)
		case !inside.reaches(f.Inside.Addr()):
			return fmt.Errorf("the forward %v leads nowhere: %v is not on the inside (%s); name the address of an "+
				"inside host", f, f.Inside.Addr(), inside.subnets())
		}
		key := endpoint{f.Protocol, f.External}
		if other, ok := seen[key]; ok {
			return fmt.Errorf("the forwards %v and %v have the external endpoint %v in common; keep one of them",
				other, f, f.External)
		}
		seen[key] = f
	}
	return nil
}

func (p Policy) checkTimers() error {
	for _, timer := range []struct {
		of   string
		last time.Duration
	}{
		{"UDP mappings", p.UDPTimeout},
		{"ICMP queries", p.ICMPTimeout},
		{"established TCP connections", p.TCPEstablished},
		{"opening TCP connections", p.TCPOpening},
		{"closing TCP connections", p.TCPClosing},
	} {
		if timer.last < 0 {
			return fmt.Errorf("the timeout of %s is %v; make it longer than 0, or 0 for the NAT's own timer",
				timer.of, timer.last)
		}
	}
	return nil
}

// filterings are those that a policy may name.
var filterings = []Filtering{EndpointIndependent, AddressDependent, AddressAndPortDependent}

func (p Policy) checkFilters() error {
	for _, filter := range []struct {
		of     string
		chosen Filtering
	}{{"UDP", p.UDPFiltering}, {"TCP", p.TCPFiltering}} {
		if filter.chosen != "" && !slices.Contains(filterings, filter.chosen) {
			return fmt.Errorf("the filtering of %s is of no known kind: %q; it is one of %q", filter.of, filter.chosen,
				filterings)
		}
	}
	narrow := func(f Filtering) bool { return f != "" && f != EndpointIndependent }
	if p.SharedFilters && narrow(p.UDPFiltering) && narrow(p.TCPFiltering) {
		return fmt.Errorf("filters are to be shared, and none is %s; make one of them so, or share none",
			EndpointIndependent)
	}
	return nil
}

func (p Policy) checkPorts() error {
	switch {
	case p.Ports == PortRange{}:
	case p.Ports.First == 0:
		return fmt.Errorf("the range of ports %v has port 0 in it, which no mapping can have; begin it at 1 or above",
			p.Ports)
	case p.Ports.First > p.Ports.Last:
		return fmt.Errorf("the range of ports %v is upside down; name the lower port first", p.Ports)
	}
	if p.SoftPooling && len(p.Pool) < 2 {
		return fmt.Errorf("soft pooling has no address to go on with (a pool of %d); name two at least", len(p.Pool))
	}
	return nil
}

func (p Policy) checkTranslation(site Site) error {
	inside := site.Inside
	switch second := p.SecondSource; {
	case !second.IsValid():
	case site.Second == "":
		return fmt.Errorf("an external address %v is chosen for a second inside interface, and there is none; "+
			"take it out, or add one", second)
	case inside.reaches(second):
		return fmt.Errorf("the second inside interface has no external address: %v is not of the outside; name one "+
			"that is", second)
	}
	for _, s := range p.Sources {
		switch {
		case !s.Inside.IsValid() || !inside.reaches(s.Inside.Addr()):
			return fmt.Errorf("the source %v is not on the inside (%s); name a subnet that is", s, inside.subnets())
		case !s.External.IsValid() || inside.reaches(s.External):
			return fmt.Errorf("the source %v has no external address: %v is not of the outside; name one that is",
				s, s.External)
		}
	}
	for _, r := range p.Ranges {
		if r.Ports.First == 0 || r.Ports.First > r.Ports.Last {
			return fmt.Errorf("the range %v has no ports; name the lower one first, from 1 on", r)
		}
		if int(r.Inside.Port())+int(r.Ports.Last-r.Ports.First) > 65535 {
			return fmt.Errorf("the range %v leads to ports above 65535; begin it lower inside", r)
		}
	}
	switch {
	case p.Basic && len(p.Pool) == 0:
		return errors.New("there is no pool for Basic NAT to give addresses from; name one")
	case p.Switchover && !p.Basic:
		return errors.New("the switchover is one from Basic NAT; ask for that, too, or for neither")
	case p.Basic && p.Ports != PortRange{}:
		return fmt.Errorf("ports are to stay as they are by Basic NAT, and to be %v; ask for one of the two", p.Ports)
	}
	return nil
}
